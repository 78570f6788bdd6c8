import type { REST } from 'discord.js';
import { Routes } from 'discord-api-types/v10';
import { InvalidInputError, ProviderFailedError } from '../errors.ts';
import type { Generation } from '../generation/record.ts';
import type { PictureAddress } from '../generation/request.ts';
import { currentHold } from '../http/bytes-in-flight.ts';
import { callHttp } from '../http/call.ts';
import type { Store } from '../store/open-store.ts';
import { isAlreadyGone } from './delete-message.ts';
import { isAtDiscord } from './file-hosts.ts';
import { sourceMessage } from './interaction.ts';

/** Larger than any picture of 40 megapixels is worth reading. */
export const MOST_PICTURE_BYTES = 32 * 1024 * 1024;

interface ReadSourceOptions {
  /** Files come from Discord's CDN, or from this origin when it is not Discord's. */
  apiUrl: string;
  /** With the bot token, to ask for a message again. */
  rest: REST;
  images: Store['images'];
}

/**
 * Reads the picture a request starts from: at the address Discord gave with the interaction, then in the store,
 * then by asking Discord for the message again. A picture whose message was deleted is gone, even where we still
 * have a copy.
 */
export function createPictureFetcher({ apiUrl, rest, images }: ReadSourceOptions) {
  const own = new URL(apiUrl);
  const local = own.hostname === 'discord.com' ? undefined : own.origin;

  /** Whether a file is where files are read from at all. */
  function canRead(address: string): boolean {
    return isAtDiscord(address) || (local !== undefined && URL.parse(address)?.origin === local);
  }

  /** `undefined` when the file is not to be had at this address. */
  async function download(address: string, signal: AbortSignal): Promise<Buffer | undefined> {
    if (!canRead(address)) return undefined;
    try {
      const answer = await callHttp({
        provider: 'Discord',
        url: new URL(address),
        signal,
        maxBytes: MOST_PICTURE_BYTES,
        deadlineMs: 30_000,
      });
      return answer.status === 200 ? answer.body : undefined;
    } catch (error) {
      if (!(error instanceof ProviderFailedError)) throw error;
      // The whole of it was announced, or came, and it is too much; a download that broke off may be had elsewhere.
      if (error.failure === 'unreadable' && error.detail.oversized === true) {
        throw new InvalidInputError('file too large', {
          sentence: { key: 'image-too-heavy', values: { megabytes: MOST_PICTURE_BYTES / 1024 / 1024 } },
          cause: error,
        });
      }
      return undefined;
    }
  }

  /** The message as it is now. `gone`: it was deleted. `undefined`: Discord would not say. */
  async function refetch({ channelId, messageId }: PictureAddress, signal: AbortSignal) {
    if (channelId === undefined || messageId === undefined) return undefined;
    try {
      return sourceMessage(await rest.get(Routes.channelMessage(channelId, messageId), { signal }));
    } catch (error) {
      signal.throwIfAborted();
      return isAlreadyGone(error) ? 'gone' : undefined;
    }
  }

  /** Throws `InvalidInputError` when there is nothing left to read or it is too large. */
  async function fetchPicture(address: PictureAddress, signal: AbortSignal): Promise<Buffer> {
    const direct = address.url === undefined ? undefined : await download(address.url, signal);
    if (direct !== undefined) return direct;
    const message = await refetch(address, signal);
    if (message === 'gone') throw gone();
    const { generationId, index = 0, initImageOf } = address;
    const [init] = initImageOf === undefined ? [] : await images.read(initImageOf, 'init');
    if (init !== undefined) return init.bytes;
    // A place among those that are shown: one before it may have been withheld.
    const kept = generationId === undefined ? undefined : (await images.read(generationId, 'output'))[index];
    if (kept !== undefined) return kept.bytes;
    const fresh = message?.pictures.filter(canRead)[index];
    const again = fresh === undefined ? undefined : await download(fresh, signal);
    if (again === undefined) throw gone();
    return again;
  }

  /** The pictures of a finished generation: as the store has them, else as its message shows them; none when both are gone. */
  async function readPictures(
    { id, channelId, messageId, ephemeral }: Generation,
    signal: AbortSignal,
  ): Promise<{ index: number; bytes: Buffer }[]> {
    const known = await images.list(id, 'output');
    // Memory is bounded: these wait for room as a vendor's answer does.
    if (known.length > 0) await currentHold()?.take(known.reduce((sum, { byteLength }) => sum + byteLength, 0));
    const kept = await images.read(id, 'output');
    if (kept.length > 0 || ephemeral || messageId === undefined) return kept;
    const message = await refetch({ channelId, messageId }, signal);
    if (message === undefined || message === 'gone') return [];
    const found = await Promise.all(message.pictures.map((url) => download(url, signal)));
    return found.flatMap((bytes, index) => (bytes === undefined ? [] : [{ index, bytes }]));
  }

  return { fetchPicture, readPictures, canRead };
}

function gone(): InvalidInputError {
  return new InvalidInputError('the picture is gone', { sentence: { key: 'image-gone' } });
}
