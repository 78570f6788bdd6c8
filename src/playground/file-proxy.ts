import { buffer } from 'node:stream/consumers';
import { sniffMediaType } from '../pixels/media-type.ts';
import type { LocalDiscord } from './discord/local-discord.ts';
import { FILES_PATH, type Presenter } from './present.ts';

/**
 * Serves the conversation's files from the page's own origin: pictures as pictures, by what their bytes are, and
 * everything else as a download, so that no file a member brings can act in the page's name.
 */
export function createFileProxy(discord: LocalDiscord, present: Presenter) {
  return async (request: Request): Promise<Response> => {
    const pathname = new URL(request.url).pathname.slice(FILES_PATH.length);
    const body = (await fetchFile(pathname, false)) ?? (await fetchFile(pathname, true));
    if (body === undefined) return new Response('That file is gone.\n', { status: 404 });
    const mediaType = sniffMediaType(body);
    return new Response(body, {
      headers: {
        'content-type': mediaType ?? 'application/octet-stream',
        'content-disposition': mediaType === undefined ? 'attachment' : 'inline',
        // What stands at a path never changes.
        'cache-control': 'private, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'; sandbox",
      },
    });
  };

  async function fetchFile(pathname: string, fresh: boolean): Promise<Buffer<ArrayBuffer> | undefined> {
    const url = present.signedUrl(pathname, { fresh });
    // Only ever a URL the local Discord itself signed.
    if (url === undefined || new URL(url).origin !== discord.origin) return undefined;
    const response = await fetch(url);
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return undefined;
    }
    return buffer(response.body);
  }
}
