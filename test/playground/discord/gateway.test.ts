import { once } from 'node:events';
import { Client, Events, GatewayIntentBits, type Interaction } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { LocalDiscord } from '../../../src/playground/discord/local-discord.ts';
import { restOptions, startChecked, startClient } from './real-client.ts';

const frame = z.object({ op: z.int(), t: z.string().nullish(), s: z.int().nullish(), d: z.any().optional() });
type Frame = z.output<typeof frame>;

/** A bare gateway client: what it received so far, and the next frame that fits. */
async function connect(local: LocalDiscord, query = '?v=10&encoding=json') {
  const socket = new WebSocket(local.origin.replace('http', 'ws') + query);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    frames.push(frame.parse(JSON.parse(String(data))));
    for (const look of [...waiting]) look();
  });
  onTestFinished(() => socket.terminate());
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return {
    socket,
    frames,
    closed,
    send: (op: number, d: unknown) => socket.send(JSON.stringify({ op, d })),
    next: (fits: (frame: Frame) => boolean) =>
      new Promise<Frame>((resolve) => {
        const look = () => {
          const found = frames.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

const identify = (local: LocalDiscord, fields: object = {}) => ({
  token: local.token,
  intents: 0,
  properties: {},
  ...fields,
});
const isReady = ({ t }: Frame) => t === 'READY';
const isInteraction = ({ t }: Frame) => t === 'INTERACTION_CREATE';

describe('a discord.js client', () => {
  it('resumes after a lost connection and hears what it missed', async () => {
    const local = await startChecked();
    const heard: string[] = [];
    await startClient(local, async (interaction: Interaction) => {
      heard.push(interaction.id);
      if (interaction.isChatInputCommand()) await interaction.reply('here');
    });
    local.gateway.disconnect(4000);
    expect(local.gateway.connections()).toBe(0);
    const interaction = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .rawCommand({ id: '1', name: 'x', type: 1 });
    expect((await interaction.response()).type).toBe('message');
    expect(heard).toEqual([interaction.id]);
    expect([local.gateway.identifies(), local.gateway.resumes(), local.gateway.connections()]).toEqual([1, 1, 1]);
  });

  it('identifies anew when its session has ended', async () => {
    const local = await startChecked();
    const client = await startClient(local);
    const ready = once(client, Events.ShardReady);
    local.gateway.disconnect(4007);
    await ready;
    expect(local.gateway.identifies()).toBe(2);
    expect(local.gateway.resumes()).toBe(0);
  });

  it('hears a redelivered interaction twice', async () => {
    const local = await startChecked();
    const heard: string[] = [];
    const { promise: twice, resolve } = Promise.withResolvers<void>();
    await startClient(local, (interaction: Interaction) => {
      heard.push(interaction.id);
      if (heard.length === 2) resolve();
    });
    const { id } = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .rawCommand({ id: '1', name: 'x', type: 1 });
    local.gateway.redeliver(id);
    await twice;
    expect(heard).toEqual([id, id]);
    expect(() => local.gateway.redeliver('1')).toThrow('There is no interaction 1.');
  });

  it('is turned away with a wrong token', async () => {
    const local = await startChecked();
    const client = new Client({ intents: [], rest: restOptions(local) });
    onTestFinished(() => client.destroy());
    await expect(client.login('wrong')).rejects.toThrow('An invalid token was provided.');
  });

  it('gets the guild with the Guilds intent', async () => {
    const local = await startChecked();
    const client = await startClient(local, () => undefined, { intents: [GatewayIntentBits.Guilds] });
    const guild = client.guilds.cache.get(local.world.guild.id);
    expect(guild?.channels.cache.get(local.world.channels.gallery.id)).toMatchObject({ nsfw: true });
    expect(guild?.channels.cache.get(local.world.channels.thread.id)).toMatchObject({
      parentId: local.world.channels.general.id,
    });
    expect(guild?.members.me?.id).toBe(local.applicationId);
  });

  it('closes without leaving a session behind', async () => {
    const local = await startChecked();
    const client = await startClient(local);
    const gone = local.until(() => (local.gateway.connections() === 0 ? true : undefined));
    expect(client.listenerCount(Events.InteractionCreate)).toBe(1);
    await client.destroy();
    await gone;
  });
});

describe('the gateway', () => {
  it('says hello, acknowledges heartbeats and counts its events', async () => {
    const local = await startChecked({ limits: { heartbeatMs: 12_345 } });
    const { send, next } = await connect(local);
    expect(await next(({ op }) => op === 10)).toMatchObject({ d: { heartbeat_interval: 12_345 } });
    send(1, null);
    await next(({ op }) => op === 11);
    send(2, identify(local));
    expect(await next(isReady)).toMatchObject({
      s: 1,
      d: {
        user: { id: local.applicationId },
        guilds: [{ id: local.world.guild.id }],
        resume_gateway_url: local.origin.replace('http', 'ws'),
      },
    });
    await local.act(local.world.users.alice.id, local.world.channels.general.id).rawCommand({ name: 'x' });
    expect(await next(isInteraction)).toMatchObject({ s: 2 });
  });

  it('gives up on a client that stays silent', async () => {
    const local = await startChecked({ limits: { heartbeatMs: 20 } });
    const { closed } = await connect(local);
    expect(await closed).toBe(4009);
  });

  it.each([
    ['a wrong token', 4004, { token: 'wrong' }],
    ['a shard beyond its count', 4010, { shard: [2, 2] }],
    ['an intent that does not exist', 4013, { intents: 2 ** 30 }],
    ['a privileged intent', 4014, { intents: GatewayIntentBits.MessageContent }],
    ['an identify that is none', 4002, { intents: 'all' }],
  ])('closes on %s with %i', async (_what, code, fields) => {
    const local = await startChecked();
    const { send, closed } = await connect(local);
    send(2, identify(local, fields));
    expect(await closed).toBe(code);
  });

  it.each([
    ['an unknown opcode', 4001, 99, null],
    ['an event before identifying', 4003, 3, {}],
    ['more than 4096 bytes', 4002, 1, 'x'.repeat(4096)],
  ])('closes on %s with %i', async (_what, code, op, d) => {
    const { send, closed } = await connect(await startChecked());
    send(op, d);
    expect(await closed).toBe(code);
  });

  it('closes on nonsense, an old version, a second identify and too many sends', async () => {
    const local = await startChecked();
    const nonsense = await connect(local);
    nonsense.socket.send('hello');
    expect(await nonsense.closed).toBe(4002);
    expect(await (await connect(local, '?v=9')).closed).toBe(4012);
    const twice = await connect(local);
    twice.send(2, identify(local));
    twice.send(2, identify(local));
    expect(await twice.closed).toBe(4005);
    const hasty = await connect(local);
    for (let count = 0; count < 121; count += 1) hasty.send(1, null);
    expect(await hasty.closed).toBe(4008);
  });

  it('resumes a session from where its client was', async () => {
    const local = await startChecked();
    const first = await connect(local);
    first.send(2, identify(local));
    const { session_id } = (await first.next(isReady)).d;
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const { id } = await alice.rawCommand({ name: 'x' });
    await first.next(isInteraction);
    first.socket.terminate();
    await local.until(() => (local.gateway.connections() === 0 ? true : undefined));
    const later = await alice.rawCommand({ name: 'y' });

    const second = await connect(local);
    second.send(6, { token: local.token, session_id, seq: 1 });
    await second.next(({ t }) => t === 'RESUMED');
    expect(second.frames.filter(isInteraction).map(({ s, d }) => [s, d.id])).toEqual([
      [2, id],
      [3, later.id],
    ]);
  });

  it('does not resume what it does not know, or what is from the future', async () => {
    const local = await startChecked();
    const stranger = await connect(local);
    stranger.send(6, { token: local.token, session_id: 'unknown', seq: 1 });
    expect(await stranger.next(({ op }) => op === 9)).toMatchObject({ d: false });
    stranger.send(2, identify(local));
    const { session_id } = (await stranger.next(isReady)).d;
    stranger.socket.terminate();
    const ahead = await connect(local);
    ahead.send(6, { token: local.token, session_id, seq: 99 });
    expect(await ahead.closed).toBe(4007);
  });

  it('forgets a session after a few minutes', async () => {
    let time = Date.now();
    const local = await startChecked({ now: () => time });
    const first = await connect(local);
    first.send(2, identify(local));
    const { session_id } = (await first.next(isReady)).d;
    first.socket.terminate();
    await local.until(() => (local.gateway.connections() === 0 ? true : undefined));
    time += 6 * 60_000;
    const second = await connect(local);
    second.send(6, { token: local.token, session_id, seq: 1 });
    await second.next(({ op }) => op === 9);
  });

  it('sends a guild to its shard and DMs to the first', async () => {
    const local = await startChecked();
    const { general, dm } = local.world.channels;
    const [zero, one] = await Promise.all([connect(local), connect(local)]);
    zero.send(2, identify(local, { shard: [0, 2] }));
    one.send(2, identify(local, { shard: [1, 2] }));
    const readies = await Promise.all([zero.next(isReady), one.next(isReady)]);
    const home = readies.findIndex(({ d }) => d.guilds.length === 1);
    expect(home).toBe(Number((BigInt(local.world.guild.id) >> 22n) % 2n));
    const { alice } = local.world.users;
    const inGuild = await local.act(alice.id, general.id).rawCommand({ name: 'x' });
    const inDm = await local.act(alice.id, dm.alice.id).rawCommand({ name: 'x' });
    const heard = (client: typeof zero, id: string) =>
      client.next((received) => isInteraction(received) && received.d.id === id);
    await heard(home === 0 ? zero : one, inGuild.id);
    await heard(zero, inDm.id);
    expect(one.frames.filter(isInteraction).map(({ d }) => d.id)).toEqual(home === 1 ? [inGuild.id] : []);
  });
});
