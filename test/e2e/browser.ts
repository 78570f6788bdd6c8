import { accessSync, constants, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Nothing is asked of the network, and nothing is kept: playwright brings a fresh profile folder itself. */
const SWITCHES = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium on the PATH; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: SWITCHES });
}

export interface Visit {
  page: Page;
  /** What the browser complained about: errors on its console, exceptions, answers of 400 and above. */
  complaints: string[];
  /** While the server is killed, away, or starting, a connection that fails and a 503 are no complaint. */
  expectDowntime<Result>(whileAway: () => Promise<Result>): Promise<Result>;
}

/** A page in a browser context of its own, closed with the test. */
export async function visit(browser: Browser, options: BrowserContextOptions): Promise<Visit> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  let away = false;
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (
      away &&
      /net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|SOCKET_NOT_CONNECTED)|status of 503/.test(
        message.text(),
      )
    )
      return;
    complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() === 503 && away) return;
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') complaints.push(`foreign request: ${request.url()}`);
  });
  return {
    page,
    complaints,
    async expectDowntime(whileAway) {
      away = true;
      try {
        return await whileAway();
      } finally {
        away = false;
      }
    },
  };
}

/** Where screenshots go: outside the repository. */
export function screenshotFolder(): string {
  const folder = process.env.E2E_SCREENSHOTS ?? join(tmpdir(), 'easel-screenshots');
  mkdirSync(folder, { recursive: true });
  return folder;
}
