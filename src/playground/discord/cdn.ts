import type { ServerResponse } from 'node:http';
import { sniffMediaType } from '../../pixels/media-type.ts';
import type { Files } from './files.ts';
import type { UrlSigner } from './signed-urls.ts';
import { chooseContentType } from './uploads.ts';

/** What a browser may show or play; anything else (HTML and SVG above all) is only handed over as a download. */
const SHOWN = /^(image\/(png|jpeg|webp|gif)|text\/plain|application\/json|video\/(mp4|webm)|audio\/mpeg)\b/;

export interface Cdn {
  serve(method: string, url: URL, response: ServerResponse): void;
}

/** Serves attachments by signed URL; all others are 404, as on Discord's CDN. */
export function createCdn({ files, signer }: { files: Files; signer: UrlSigner }): Cdn {
  return {
    serve(method, url, response) {
      if (method !== 'GET' && method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' }).end();
        return;
      }
      const [, attachmentId, filename] = /^\/attachments\/\d+\/(\d+)\/([^/]+)$/.exec(url.pathname) ?? [];
      const bytes = attachmentId !== undefined && signer.isValid(url) ? files.get(attachmentId) : undefined;
      if (!bytes || filename === undefined) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('This content is no longer available.');
        return;
      }
      const type = sniffMediaType(bytes) ?? chooseContentType(filename, '', bytes);
      const shown = SHOWN.test(type);
      response.writeHead(200, {
        'content-type': shown ? type : 'application/octet-stream',
        'content-length': bytes.byteLength,
        ...(shown ? {} : { 'content-disposition': 'attachment' }),
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
        'access-control-allow-origin': '*',
        'cache-control': 'private, max-age=31536000, immutable',
      });
      response.end(method === 'HEAD' ? undefined : bytes);
    },
  };
}
