import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import type { Logger } from 'pino';
import type { OfferRecord } from '../generation/offer-record.ts';
import { describeError } from '../log.ts';
import { every } from './every.ts';

const EVERY_MS = 30_000;
const START_WITHIN_MS = 10_000;
const PAUSES: Pauses = { troubleMs: 60_000, limitMs: 3_600_000 };

/** So many commands in all, and so many new ones a day. */
const LIMITS = new Set<unknown>([
  RESTJSONErrorCodes.MaximumNumberOfApplicationCommandsReached,
  RESTJSONErrorCodes.MaximumDailyApplicationCommandCreatesReached,
]);

/** How long commands that Discord did not take are left alone, by what was wrong. */
interface Pauses {
  readonly troubleMs: number;
  readonly limitMs: number;
}

interface KeepRegisteredOptions {
  /** Registers the commands for these offers. `false`: Discord had them already. */
  register: (offers: readonly OfferRecord[]) => Promise<boolean>;
  /** What can be asked for now; must not reject. */
  readOffers: () => Promise<readonly OfferRecord[]>;
  log: Logger;
  /** How often it looks for other offers, in milliseconds. */
  everyMs?: number;
  /** A start waits no longer for Discord to take the commands, in milliseconds: members have those of before. */
  startWithinMs?: number;
  pauses?: Pauses;
}

/**
 * Registers the commands, and again whenever the offers they are made of have changed. A bot whose commands Discord does
 * not take works with those it has, so that only costs a line in the log, and it is tried again later.
 *
 * Resolves once that was tried; throws when Discord refuses the token. @returns what stops it
 */
export async function keepRegistered({
  register,
  readOffers,
  log,
  everyMs = EVERY_MS,
  startWithinMs = START_WITHIN_MS,
  pauses = PAUSES,
}: KeepRegisteredOptions): Promise<() => Promise<void>> {
  /** What the commands that Discord has are made of. */
  let registered: readonly OfferRecord[] | undefined;
  let notBefore = 0;
  let refused: Error | undefined;

  async function look(): Promise<void> {
    const offers = await readOffers();
    if (performance.now() < notBefore || isDeepStrictEqual(offers, registered)) return;
    try {
      if (await register(offers)) log.info('commands registered');
      registered = offers;
    } catch (error) {
      postpone(error);
    }
  }

  function postpone(error: unknown): void {
    const isLimit = error instanceof Error && 'code' in error && LIMITS.has(error.code);
    const pauseMs = isLimit ? pauses.limitMs : pauses.troubleMs;
    notBefore = performance.now() + pauseMs;
    if (error instanceof Error && 'status' in error && error.status === 401) {
      // It ends the start; later, it ends the connection to the gateway.
      refused = error;
      return;
    }
    const why = isLimit ? 'Discord takes no more commands from this bot for now' : 'could not register the commands';
    log.warn({ pauseMs, err: describeError(error) }, `${why}: those it has stay`);
  }

  const { first, stop } = every(everyMs, look);
  await Promise.race([first, delay(startWithinMs, undefined, { ref: false })]);
  if (refused === undefined) return stop;
  await stop();
  throw refused;
}
