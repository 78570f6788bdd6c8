import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_WITHIN_MS = 30_000;

/** The bot as it runs in production: a process of its own, started from its main file. */
export interface BotProcess {
  /** Resolves when it says that it is ready; rejects, with what it wrote, when it ended before. */
  readonly ready: Promise<void>;
  /** What it has written so far, both streams, line by line. */
  readonly output: readonly string[];
  /** Its exit code, once it has ended by whatever cause. */
  readonly exited: Promise<number | null>;
  /** SIGKILL, and gone. */
  kill(): Promise<void>;
  /** SIGTERM, each time; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** SIGSTOP: it stands still, its sockets stay open. */
  pause(): void;
  resume(): void;
}

const living = new Set<ChildProcess>();
// Whoever started it may fail in between: nothing of it outlives this process.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export interface BotProcessOptions {
  /** All it gets of an environment, besides PATH. */
  env: Readonly<Record<string, string>>;
  /** Modules loaded before its own, for `--import`. */
  preload?: readonly URL[];
}

export function startBotProcess({ env, preload = [] }: BotProcessOptions): BotProcess {
  const flags = preload.map(({ href }) => `--import=${href}`);
  const child = spawn(process.execPath, [...flags, 'src/start.mjs'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  living.add(child);
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => {
    living.delete(child);
    return code ?? null;
  });
  const output: string[] = [];
  const ready = Promise.withResolvers<void>();
  // Nobody waits for a process that is killed while it starts.
  ready.promise.catch(() => {});
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      if (line.includes('"msg":"easel is ready"')) ready.resolve();
    });
  }
  const giveUp = setTimeout(() => ready.reject(new Error(`not ready in time:\n${output.join('\n')}`)), READY_WITHIN_MS);
  void ready.promise.finally(() => clearTimeout(giveUp)).catch(() => {});
  void exited.then((code) => ready.reject(new Error(`ended with ${code}:\n${output.join('\n')}`)));

  return {
    ready: ready.promise,
    output,
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}
