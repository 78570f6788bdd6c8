import { pageAssets } from './assets.ts';
import { doDeed } from './deeds.ts';
import type { LocalDiscord } from './discord/local-discord.ts';
import { createFileProxy } from './file-proxy.ts';
import { guard, type PlaygroundPage } from './guard.ts';
import { streamEvents } from './live.ts';
import { createPresenter } from './present.ts';

export interface PlaygroundOptions {
  discord: LocalDiscord;
  /** The host name the pages are served at, besides localhost and addresses. */
  host?: string;
  /** Bytes of one file and of everything sent at once; as the local Discord was told. Defaults: Discord's. */
  limits?: { fileBytes: number; requestBytes: number };
}

export interface Playground {
  readonly pages: readonly PlaygroundPage[];
  /** Tells every open page that this server is about to stop, so that it comes back quietly. */
  close(): void;
}

/** Discord's for everyone without boosts (API Reference, "Uploading Files", 2026-08). */
const DISCORD_LIMITS = { fileBytes: 10 * 1024 * 1024, requestBytes: 25 * 1024 * 1024 };
/** Beside the files: the deed itself and what holds the parts together. */
const DEED_BYTES = 256 * 1024;

/** The browser's view of a local Discord: a page, its live events, and what a member does in it. */
export async function createPlayground({
  discord,
  host,
  limits = DISCORD_LIMITS,
}: PlaygroundOptions): Promise<Playground> {
  const closing = new AbortController();
  const present = createPresenter(discord);
  const files = createFileProxy(discord, present);

  const pages: PlaygroundPage[] = [
    ...(await pageAssets()),
    {
      method: 'GET',
      path: '/playground/events',
      handle: (request) => streamEvents(request, { discord, present, limits, closing: closing.signal }),
    },
    {
      method: 'POST',
      path: '/playground/act',
      maxBodyBytes: limits.requestBytes + DEED_BYTES,
      handle: (request) => doDeed(request, discord, present),
    },
    {
      method: 'GET',
      path: '/playground/interaction',
      handle({ url }) {
        const id = new URL(url).searchParams.get('id') ?? '';
        return Response.json(present.details(id) ?? null, { headers: { 'cache-control': 'no-store' } });
      },
    },
    { method: 'GET', path: '/playground/files/*', handle: (request) => files(request) },
  ];
  return {
    pages: pages.map((page) => guard(page, host)),
    close: () => closing.abort(),
  };
}
