import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

export interface Easel {
  /** Where its playground is. */
  url: string;
  /** Ends it, politely or not, and starts it again at the same address with the same data. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Easel as `npm start` runs it without settings, with a data folder of its own; it ends with the test. */
export async function startEasel(settings: Record<string, string> = {}): Promise<Easel> {
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-e2e-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  let running = await run({ DATA_DIR: dataDir, PORT: '0', ...settings });
  onTestFinished(() => running.end('SIGTERM'));
  const { url } = running;
  return {
    url,
    async restart(signal) {
      await running.end(signal);
      running = await run({ DATA_DIR: dataDir, PORT: new URL(url).port, ...settings });
    },
  };
}

async function run(settings: Record<string, string>) {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    env: { LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        said.push(line);
        const address = /playground: (http:\/\/\S+)/.exec(line)?.[1];
        if (address !== undefined) resolve(address);
      });
    }
    child.once('exit', () => reject(new Error(`Easel ended before it was ready:\n${said.join('\n')}`)));
  });
  return {
    url,
    async end(signal: 'SIGTERM' | 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}
