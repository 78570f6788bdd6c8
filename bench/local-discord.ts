import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { LocalDiscord, RecordedRequest } from '../src/playground/discord/contract.ts';
import { createLocalDiscord } from '../src/playground/discord/local-discord.ts';
import { answerParent } from './ipc.ts';
import { loadOrder, type Sample } from './load.ts';

// A program of its own: one Discord for each bot that is measured, and the members who use it.

const GIVE_UP_MS = 180_000;

interface Waiter {
  pictures: number;
  done(): void;
}

const discords = new Map<string, { discord: LocalDiscord; waiters: Map<string, Waiter> }>();
const named = z.object({ name: z.string() });

function find(name: string) {
  const found = discords.get(name);
  if (found === undefined) throw new Error(`there is no Discord called ${name}`);
  return found;
}

answerParent({
  async open(input) {
    const { name } = named.parse(input);
    const waiters = new Map<string, Waiter>();
    const discord = await createLocalDiscord({
      keepFiles: false,
      rememberedRequests: 1,
      onRequest: (request) => noteResult(request, waiters),
    });
    discords.set(name, { discord, waiters });
    return { apiUrl: discord.apiUrl, token: discord.token };
  },

  /** Resolves once the bot is there with its command. */
  async ready(input) {
    const { discord } = find(named.parse(input).name);
    let connectedAt: number | undefined;
    await discord.until(
      () => {
        if (discord.gateway.connections() > 0) connectedAt ??= Date.now();
        return connectedAt !== undefined && discord.commands().length > 0 ? true : undefined;
      },
      { withinMs: GIVE_UP_MS },
    );
    return connectedAt;
  },

  async gone(input) {
    const { discord } = find(named.parse(input).name);
    await discord.until(() => (discord.gateway.connections() === 0 ? true : undefined), { withinMs: GIVE_UP_MS });
  },

  async load(input) {
    const { name, ...order } = loadOrder.extend({ name: z.string() }).parse(input);
    const { discord, waiters } = find(name);
    if (!order.besides) discord.reset();
    const { alice, bob, moderator } = discord.world.users;
    const drivers = [alice, bob, moderator].map((user) => discord.act(user.id, discord.world.channels.general.id));
    const { count, concurrency, pictures, everyMs } = order;
    const options = {
      ...order.options,
      ...(order.image === undefined ? {} : { image: { file: Buffer.from(order.image, 'base64'), name: 'start.png' } }),
    };
    const samples: Sample[] = [];
    let lost = 0;
    const startedAt = performance.now();

    async function one(number: number): Promise<void> {
      const interaction = await drivers[number % drivers.length]?.command('imagine', options);
      if (interaction === undefined) throw new Error('nobody is here');
      const finished = Promise.withResolvers<void>();
      waiters.set(interaction.id, { pictures, done: finished.resolve });
      const timer = setTimeout(() => {
        finished.reject(new Error(`no picture came: ${JSON.stringify(interaction.message()?.components)}`));
      }, GIVE_UP_MS);
      const first = await interaction.response();
      if (first.type === 'failed') lost += 1;
      else await finished.promise;
      clearTimeout(timer);
      waiters.delete(interaction.id);
      if (first.type === 'failed') return;
      const { acknowledgedAfterMs, finishedAfterMs } = interaction.record();
      if (acknowledgedAfterMs === undefined || finishedAfterMs === undefined)
        throw new Error('finished without an answer');
      samples.push({ acknowledgedMs: acknowledgedAfterMs, finishedMs: finishedAfterMs });
    }

    let next = 0;
    async function member(): Promise<void> {
      while (next < count) {
        next += 1;
        await one(next);
      }
    }
    if (everyMs === undefined) {
      await Promise.all(Array.from({ length: Math.min(count, concurrency) }, member));
    } else {
      const all: Promise<void>[] = [];
      for (let number = 0; number < count; number += 1) {
        all.push(one(number));
        await delay(everyMs);
      }
      await Promise.all(all);
    }
    return { samples, lost, seconds: (performance.now() - startedAt) / 1_000 };
  },
});

/** A request that brought all pictures ends the wait of whoever asked for them. */
function noteResult({ interactionId, files, status }: RecordedRequest, waiters: Map<string, Waiter>): void {
  const waiter = waiters.get(interactionId ?? '');
  if (waiter !== undefined && status === 200 && files.length >= waiter.pictures) waiter.done();
}
