import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { encode } from './encode.ts';
import { type PaintJob, paint } from './paint.ts';

// Painting takes all the time it gets, and others wait for the event loop. On Linux this is the thread's own priority;
// elsewhere it would be the whole process'.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

parentPort?.on('message', (job: PaintJob) => {
  const png = encode(paint(job), job);
  parentPort?.postMessage(png, [png.buffer]);
});
