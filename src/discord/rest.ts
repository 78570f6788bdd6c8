import { type InternalRequest, REST, RESTEvents, type RESTOptions, type ResponseLike } from 'discord.js';
import type { Logger } from 'pino';
import { Multipart } from '../http/multipart.ts';
import { sendRequest } from '../http/send-request.ts';
import { sniffMediaType } from '../pixels/media-type.ts';

/** Discord shuts out who has 10 000 requests refused (401, 403, 429) within ten minutes. Source: Discord docs, 2026-08. */
const WARN_EVERY_REFUSALS = 100;

export interface RestOptions {
  /** `https://discord.com/api`, or a local Discord. */
  apiUrl: string;
  token: string;
}

/**
 * discord.js brings its own undici 6, whose uploads break once another undici is loaded (discordjs/discord.js#11525):
 * the body is then a FormData of the wrong package. So requests go out through ours, and files as our own form.
 */
const makeRequest = sendRequest as unknown as RESTOptions['makeRequest'];

/** discord.js' REST, but files are sent from where they are in memory: its own way copies each of them four times. */
class UploadingRest extends REST {
  override queueRequest({ files, body, ...request }: InternalRequest): Promise<ResponseLike> {
    if (files === undefined || files.length === 0) return super.queueRequest({ ...request, body });
    const form = new Multipart(
      { payload_json: JSON.stringify(body) },
      files.map(({ name, data, contentType }, index) => {
        const bytes = Buffer.isBuffer(data) ? data : Buffer.from(String(data));
        const mediaType = contentType ?? sniffMediaType(bytes) ?? 'application/octet-stream';
        return { field: `files[${index}]`, filename: name, mediaType, bytes };
      }),
    );
    return super.queueRequest({ ...request, body: form, passThroughBody: true });
  }
}

/** What discord.js' own client needs to reach the same API. */
export function restOptions({ apiUrl }: Pick<RestOptions, 'apiUrl'>): Partial<RESTOptions> {
  return {
    api: apiUrl,
    version: '10',
    makeRequest,
    timeout: 60_000,
    invalidRequestWarningInterval: WARN_EVERY_REFUSALS,
  };
}

/** A line in the log for every hundred requests that Discord refuses, long before it shuts this machine out. */
export function warnOfRefusals(rest: REST, log: Logger): void {
  rest.on(RESTEvents.InvalidRequestWarning, ({ count, remainingTime }) => {
    log.warn({ count, resetMs: Math.round(remainingTime) }, 'Discord refuses many requests of this machine');
  });
}

/** For routes that need the bot token: discord.js keeps to Discord's 50 requests a second. */
export function createBotRest({ apiUrl, token }: RestOptions): REST {
  return new UploadingRest(restOptions({ apiUrl })).setToken(token);
}

/**
 * For routes with an interaction token. Discord does not count them toward the 50 a second, so neither do we; the
 * buckets of each interaction still hold. Callers pass `auth: false`.
 */
export function createInteractionRest({ apiUrl }: Pick<RestOptions, 'apiUrl'>): REST {
  return new UploadingRest({ ...restOptions({ apiUrl }), globalRequestsPerSecond: Number.POSITIVE_INFINITY });
}

/**
 * For what must not be repeated unawares. First answers: whether “already acknowledged” means us or someone else depends
 * on how often `acknowledge` tried. Follow-ups: Discord may have posted one although its answer was lost.
 */
export function createOnceRest({ apiUrl }: Pick<RestOptions, 'apiUrl'>): REST {
  return new UploadingRest({
    ...restOptions({ apiUrl }),
    globalRequestsPerSecond: Number.POSITIVE_INFINITY,
    retries: 0,
  });
}
