import type { Sentence } from './language/index.ts';

interface BotErrorOptions {
  /** What the member reads: says what to do next; no ids, URLs or vendor wording. */
  sentence: Sentence;
  /** Logged only, and already without secrets and prompts. */
  detail?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** Every error thrown on purpose. `message` is for us and says what was true; `sentence` is for the member. */
export abstract class BotError extends Error {
  abstract readonly code: string;
  /** Could the same call succeed later? */
  abstract readonly retryable: boolean;
  readonly sentence: Sentence;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(message: string, { sentence, detail = {}, cause }: BotErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.sentence = sentence;
    this.detail = detail;
  }
}

/** The member has to change something. */
export class InvalidInputError extends BotError {
  readonly code = 'invalid-input';
  readonly retryable = false;
}

interface RejectedOptions extends BotErrorOptions {
  /** Default `request`. */
  refused?: 'request' | 'result';
  /** Default `no`; `possibly`: it was painted, or may have been, before it was refused. */
  billed?: 'no' | 'possibly';
}

/** A vendor's content rules refused the prompt or the picture. Final: never taken to another vendor. */
export class RejectedError extends BotError {
  readonly code = 'rejected';
  readonly retryable = false;
  /** `request`: it would be refused again. `result`: what was painted was withheld, and another seed may pass. */
  readonly refused: 'request' | 'result';
  readonly billed: 'no' | 'possibly';

  constructor(message: string, { refused = 'request', billed = 'no', ...options }: RejectedOptions) {
    super(message, options);
    this.refused = refused;
    this.billed = billed;
  }
}

/** A limit of ours. */
export class BusyError extends BotError {
  readonly code = 'busy';
  readonly retryable = true;
}

/**
 * Why a provider failed, by what can be done about it.
 * `credentials`, `money`, `not-allowed`: the operator has to act. `invalid-request`: our bug. `wrong-address`: URL or
 * model unknown. `rate-limited`: wait. `trouble`: their 5xx. `unreadable`: 200 with junk. `network`: no connection, or
 * it broke. `timeout`: no answer in time.
 */
export type ProviderFailure =
  | 'credentials'
  | 'money'
  | 'not-allowed'
  | 'invalid-request'
  | 'wrong-address'
  | 'rate-limited'
  | 'trouble'
  | 'unreadable'
  | 'network'
  | 'timeout';

/** What only the person who runs this bot can mend. */
export const SETUP_FAILURES: readonly ProviderFailure[] = ['credentials', 'money', 'not-allowed', 'wrong-address'];

const RETRYABLE: ReadonlySet<ProviderFailure> = new Set([
  'rate-limited',
  'trouble',
  'unreadable',
  'network',
  'timeout',
]);

interface ProviderFailedOptions extends Omit<BotErrorOptions, 'sentence'> {
  /** The provider's name as members know it: `Novita`. */
  provider: string;
  failure: ProviderFailure;
  /** `possibly`: the request was sent and the provider may bill it although we have no picture. */
  billed: 'no' | 'possibly';
  /** HTTP status, when there was one. */
  status?: number;
  /** What the provider asked for (`Retry-After`), milliseconds. */
  retryAfterMs?: number;
}

/** A provider could not deliver. */
export class ProviderFailedError extends BotError {
  readonly code = 'provider-failed';
  readonly retryable: boolean;
  readonly provider: string;
  readonly failure: ProviderFailure;
  readonly billed: 'no' | 'possibly';
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ProviderFailedOptions) {
    super(message, { ...options, sentence: providerSentence(options) });
    this.provider = options.provider;
    this.failure = options.failure;
    this.billed = options.billed;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.retryable = RETRYABLE.has(options.failure);
  }
}

function providerSentence({ provider, failure, retryAfterMs }: ProviderFailedOptions): Sentence {
  switch (failure) {
    case 'credentials':
    case 'money':
    case 'not-allowed':
    case 'wrong-address':
      return { key: 'provider-setup', values: { provider } };
    case 'rate-limited':
      return {
        key: 'provider-rate-limited',
        values: {
          provider,
          ...(retryAfterMs === undefined ? {} : { seconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) }),
        },
      };
    case 'unreadable':
      return { key: 'provider-unreadable', values: { provider } };
    case 'network':
      return { key: 'provider-unreachable', values: { provider } };
    case 'timeout':
      return { key: 'provider-slow', values: { provider } };
    case 'invalid-request':
    case 'trouble':
      return { key: 'provider-trouble', values: { provider } };
  }
}
