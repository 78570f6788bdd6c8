import { z } from 'zod';
import type { InteractionRecord, LocalDiscord } from '../../src/playground/discord/contract.ts';
import { textOf } from './messages.ts';

/**
 * Interactions whose member still waits, or waited for nothing; one line each. `unanswered` of those that got no
 * answer in time are let pass.
 */
export function findHanging(discord: Pick<LocalDiscord, 'interactions' | 'interaction'>, unanswered = 0): string[] {
  const records = discord.interactions();
  const silent = records.filter(({ outcome }) => outcome === 'waiting' || outcome === 'failed');
  const thinking = records.filter((record) => isThinking(record, discord));
  return [...(silent.length === unanswered ? [] : silent), ...thinking].map(
    ({ kind, name, outcome }) => `${kind} ${name.slice(0, 40)} is ${outcome}`,
  );
}

/** Its answer is still “thinking…” or a progress text. A press that was taken without a word shows nothing to wait for. */
function isThinking(
  { id, outcome, callbacks }: InteractionRecord,
  discord: Pick<LocalDiscord, 'interaction'>,
): boolean {
  const type = z.object({ type: z.number() }).safeParse(callbacks.find(({ status }) => status < 300)?.body).data?.type;
  if (outcome === 'acknowledged') return type !== 6;
  if (type === 6) return false;
  const message = discord.interaction(id)?.message();
  return message !== undefined && textOf(message).trimEnd().endsWith('…');
}

/** Log lines that hold a prompt, a token or a key, each cut before it. */
export function findLeaks(
  log: readonly string[],
  discord: Pick<LocalDiscord, 'token' | 'interactions'>,
  env: Readonly<Record<string, string>>,
): string[] {
  const records = discord.interactions();
  const secrets = [
    discord.token,
    ...Object.entries(env).flatMap(([name, value]) => (/(KEY|TOKEN)$/.test(name) ? [value] : [])),
    ...records.map(({ payload }) => payload.token),
    ...records.flatMap(({ payload }) => promptsIn('data' in payload ? payload.data : undefined)),
  ];
  return log.flatMap((line) => {
    const found = secrets.find((secret) => line.includes(secret));
    return found === undefined ? [] : [line.slice(0, line.indexOf(found))];
  });
}

const named = z.looseObject({ name: z.string().optional(), custom_id: z.string().optional(), value: z.string() });

/** What a member wrote: options and fields named after the prompt, unless they are too short to be told from chance. */
function promptsIn(data: unknown): string[] {
  if (typeof data !== 'object' || data === null) return [];
  const field = named.safeParse(data).data;
  const own =
    field !== undefined && ['prompt', 'negative'].includes(field.name ?? field.custom_id ?? '') ? [field.value] : [];
  return [...own.filter(({ length }) => length >= 8), ...Object.values(data).flatMap(promptsIn)];
}
