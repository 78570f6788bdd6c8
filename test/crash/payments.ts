import { z } from 'zod';
import type { RecordedRequest } from '../support/stand-ins/stand-in.ts';
import type { AttemptRow, Row } from './database.ts';

/** What vendors were asked for, and what the bot's books say of it. */
export interface Payments {
  /** Pictures that were paid for a second time although nobody asked for that; one line each. */
  readonly twice: readonly string[];
  /** Whether a call for this generation was booked: it may have left, even where no vendor ever saw it. */
  wasAsked(row: Row): boolean;
}

const call = z.object({
  prompt: z.string(),
  seed: z.union([z.number(), z.array(z.number()).transform(([first = 0]) => first)]),
});

/** Every prompt and seed is used once, so two calls with the same are two payments for the same picture. */
export function reviewPayments(
  requests: readonly RecordedRequest[],
  rows: readonly Row[],
  attempts: readonly AttemptRow[],
): Payments {
  const bookedFor = Map.groupBy(attempts, ({ generation_id: id }) => id);
  const rowsOf = Map.groupBy(rows, ({ prompt, seed }) => keyOf(prompt ?? '', seed));
  const calls = new Map<string, number>();
  for (const { json } of requests) {
    const asked = call.safeParse(json);
    if (!asked.success) continue;
    const key = keyOf(asked.data.prompt, asked.data.seed);
    calls.set(key, (calls.get(key) ?? 0) + 1);
  }
  const twice = [...calls].flatMap(([key, count]) => {
    const booked = (rowsOf.get(key) ?? []).flatMap(({ id }) => bookedFor.get(id) ?? []);
    // A living worker may move on to another vendor when one does not answer in time.
    const movedOn = booked.filter(({ failure }) => failure === 'timeout').length;
    if (count - movedOn <= 1) return [];
    const books = booked.map(({ provider, state, failure }) => `${provider} ${failure ?? state}`);
    return [`${key}: ${count} calls; in the books: ${books.join(', ')}`];
  });
  return { twice, wasAsked: ({ id }) => bookedFor.has(id) };
}

function keyOf(prompt: string, seed: number): string {
  return `“${prompt}” with seed ${seed}`;
}
