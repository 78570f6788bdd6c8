import { z } from 'zod';

const question = z.object({ id: z.int(), ask: z.string(), input: z.unknown().optional() });

/** Answers what the parent process asks, by name, for as long as that one lives. */
export function answerParent(handlers: Readonly<Record<string, (input: unknown) => unknown>>): void {
  process.on('message', (message) => {
    const { id, ask, input } = question.parse(message);
    const handler = handlers[ask];
    // Another part of this process may answer it.
    if (handler === undefined) return;
    Promise.try(handler, input).then(
      (answer) => process.send?.({ id, answer }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Whoever started us is gone.
  process.once('disconnect', () => process.exit());
}
