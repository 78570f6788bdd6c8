import { setTimeout as sleep } from 'node:timers/promises';
import {
  ClientRefusal,
  type CommandOptions,
  type Driver,
  type MemberName,
} from '../../src/playground/discord/contract.ts';
import { buttonsOf, picturesOf } from '../support/messages.ts';
import type { World } from './world.ts';

const MEMBERS: readonly MemberName[] = ['alice', 'bob', 'moderator'];
const MODELS = ['octoai/flux-schnell', 'octoai/flux-dev', 'novita/flux-schnell', 'flux-schnell'];

/** Members who keep asking, pressing and cancelling. */
export interface Members {
  /** No more requests from here on. */
  stop(): Promise<void>;
}

/**
 * Lets members loose: every prompt and seed is used once, so that each call a vendor gets can be told apart.
 * @param everyMs on average; nothing is asked while no bot is connected, or while `most` wait.
 */
export function startMembers(world: World, { everyMs, most }: { everyMs: number; most: number }): Members {
  const { discord, random } = world;
  const { channels, users } = discord.world;
  let stopped = false;

  async function act(): Promise<void> {
    const name = random.pick(MEMBERS);
    const channelId = random.pick([channels.general.id, channels.thread.id, channels.dm[name].id]);
    const member = discord.act(users[name].id, channelId);
    const dice = random.next();
    if (dice < 0.65) await imagine(member);
    else if (dice < 0.85) await pressOne(member, channelId, users[name].id, ['Regenerate', 'V1']);
    else if (dice < 0.93) await pressOne(member, channelId, users[name].id, ['Cancel']);
    else redeliver();
  }

  async function imagine(member: Driver): Promise<void> {
    const number = world.nextNumber();
    const model = random.pick(MODELS);
    const options: Record<string, CommandOptions[string]> = { prompt: `crash picture ${number}`, model, seed: number };
    if (random.next() < 0.2) options.private = true;
    if (model.startsWith('octoai') && random.next() < 0.2) options.count = 2;
    await member.command('imagine', options);
  }

  async function pressOne(member: Driver, channelId: string, userId: string, labels: readonly string[]): Promise<void> {
    const label = random.pick(labels);
    const able = discord.messages(channelId, userId).filter((message) => buttonsOf(message)[label] !== undefined);
    if (able.length === 0) return;
    const message = random.pick(able);
    if (label !== 'Cancel' && picturesOf(message).length === 0) return;
    await member.press(message.id, buttonsOf(message)[label] ?? '');
  }

  function redeliver(): void {
    const [recent] = discord.interactions().slice(-3);
    if (recent !== undefined) discord.gateway.redeliver(recent.id);
  }

  async function run(): Promise<void> {
    while (!stopped) {
      await sleep(random.between(1, everyMs * 2));
      const waiting = discord
        .interactions()
        .filter(({ outcome }) => outcome === 'waiting' || outcome === 'acknowledged').length;
      if (discord.gateway.connections() === 0 || waiting >= most) continue;
      try {
        await act();
      } catch (error) {
        // What a client would not even send: the message is gone, or the commands are not there yet.
        if (!(error instanceof ClientRefusal)) throw error;
      }
    }
  }
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
