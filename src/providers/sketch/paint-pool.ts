import { Worker } from 'node:worker_threads';
import type { PaintJob } from './paint.ts';

interface PaintPoolOptions {
  /** Pictures painted at once; threads start with the first jobs and keep no process alive while idle. */
  threads: number;
  /** The module a thread runs: takes a job as a message, answers with the picture as PNG. */
  entry: URL;
}

export interface PaintPool {
  /**
   * Throws the signal's reason when aborted, waiting or painting, and the thread's error when it crashed: that job
   * alone fails, the next one gets a new thread.
   */
  paint(job: PaintJob, signal: AbortSignal): Promise<Uint8Array>;
  /** Ends all threads; jobs that wait, run or come later fail. */
  close(): Promise<void>;
}

interface Task {
  readonly job: PaintJob;
  resolve(png: Uint8Array): void;
  reject(reason: unknown): void;
}

/** Paints in worker threads, first come, first served. */
export function createPaintPool({ threads, entry }: PaintPoolOptions): PaintPool {
  const waiting: Task[] = [];
  const idle = new Set<Worker>();
  const busy = new Map<Worker, Task>();
  let closed: Error | undefined;

  function next(): void {
    while (waiting.length > 0 && busy.size < threads) {
      const task = waiting.shift();
      if (task === undefined) return;
      const [worker = start()] = idle;
      idle.delete(worker);
      busy.set(worker, task);
      worker.ref();
      worker.postMessage(task.job);
    }
  }

  function start(): Worker {
    // Not this process's own flags: some, such as --input-type, do not fit a file.
    const worker = new Worker(entry, { execArgv: [] });
    worker.on('message', (png: unknown) => {
      const task = busy.get(worker);
      if (task === undefined) return;
      busy.delete(worker);
      idle.add(worker);
      worker.unref();
      if (png instanceof Uint8Array) task.resolve(png);
      else task.reject(new TypeError('a painting thread answered with something else than bytes'));
      next();
    });
    worker.on('error', (error) => lose(worker, error));
    worker.on('exit', (code) => lose(worker, new Error(`a painting thread ended with code ${code}`)));
    return worker;
  }

  function lose(worker: Worker, reason: unknown): void {
    idle.delete(worker);
    const task = busy.get(worker);
    busy.delete(worker);
    task?.reject(reason);
    next();
  }

  function abandon(task: Task, reason: unknown): void {
    const index = waiting.indexOf(task);
    if (index >= 0) waiting.splice(index, 1);
    task.reject(reason);
    const [worker] = [...busy].find(([, running]) => running === task) ?? [];
    if (worker === undefined) return;
    // Painting does not look up from its work; a new thread starts within some tens of milliseconds.
    void worker.terminate();
    lose(worker, reason);
  }

  return {
    async paint(job, signal) {
      signal.throwIfAborted();
      if (closed !== undefined) throw closed;
      const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
      const task: Task = { job, resolve, reject };
      const abort = () => abandon(task, signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      waiting.push(task);
      next();
      try {
        return await promise;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    async close() {
      closed = new Error('the painter was closed');
      for (const task of waiting.splice(0)) task.reject(closed);
      const workers = [...idle, ...busy.keys()];
      for (const worker of workers) lose(worker, closed);
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
