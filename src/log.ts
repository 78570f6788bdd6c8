import { type DestinationStream, type Logger, pino } from 'pino';
import { BotError } from './errors.ts';

/**
 * One line of JSON each, to standard output unless told otherwise. Prompts, tokens and keys never get this far; the
 * redaction is the second lock.
 */
export function createLog(level: string, destination: DestinationStream = pino.destination(1)): Logger {
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: [
          'token',
          'prompt',
          'authorization',
          '*.token',
          '*.prompt',
          '*.authorization',
          '*.apiKey',
          '*.url',
          '*.requestBody',
        ],
        censor: '[redacted]',
      },
    },
    destination,
  );
}

/**
 * What of an error may be logged. discord.js puts the URL, and with it the interaction token, into its errors, and
 * databases quote the values of a failed statement: of those only name, code and status are kept. Our own errors are
 * written for the log.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: typeof error };
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  const status = 'status' in error ? error.status : undefined;
  const secretive =
    !(error instanceof BotError) &&
    (status !== undefined || code !== undefined || /\/(webhooks|interactions)\//.test(message));
  const frames = stack
    // A message has lines of its own, and one may look like a frame.
    ?.replace(message, '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8)
    .join('\n');
  return { name, code, status, ...(secretive ? {} : { message }), stack: frames };
}

/** Awaits `work`, with a line in the log for every ten seconds it takes: whoever reads it knows what is waited for. */
export async function warnWhile<Result>(
  { log, message, everyMs = 10_000 }: { log: Logger; message: string; everyMs?: number },
  work: Promise<Result>,
): Promise<Result> {
  const timer = setInterval(() => log.warn(message), everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
