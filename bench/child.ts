import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const reply = z.object({ id: z.int(), answer: z.unknown().optional(), error: z.string().optional() });

/** A program of its own that can be asked things. */
export interface Child {
  /** When it was started, milliseconds since 1970. */
  readonly startedAt: number;
  /** Rejects when the program cannot, or has ended. */
  ask<Answer>(name: string, answer: z.ZodType<Answer>, input?: unknown): Promise<Answer>;
  /** Rejects when it has ended. */
  readonly ended: Promise<never>;
  /** Ends it as SIGTERM does, and waits for it. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** Relative to this folder. */
  file: string;
  env?: Readonly<Record<string, string>>;
  /** For Node itself. */
  flags?: readonly string[];
}

export function startChild({ file, env = {}, flags = [] }: ChildOptions): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const probe = new URL('probe.mjs', import.meta.url).href;
  // Of our own environment only what programs need to run: a key of the operator's must not reach a provider.
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env;
  const startedAt = Date.now();
  const child = fork(path, {
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', probe, ...flags],
    env: { PATH, HOME, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.on('message', (message) => {
    const { id, answer, error } = reply.parse(message);
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asker?.resolve(answer);
    else asker?.reject(new Error(`${file}: ${error}`));
  });
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  // Only those who wait for it need to hear of it.
  ended.catch(() => {});
  child.on('exit', (code, signal) => {
    const error = new Error(`${file} ended (${signal ?? code})`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    end(error);
  });
  return {
    startedAt,
    ended,
    async ask(name, answer, input) {
      if (hasEnded(child)) throw new Error(`${file} has ended`);
      asked += 1;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      waiting.set(asked, { resolve, reject });
      child.send({ id: asked, ask: name, input });
      return answer.parse(await promise);
    },
    async stop() {
      if (hasEnded(child)) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
