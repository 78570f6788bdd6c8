import { createHistory } from './history.ts';
import { createLine } from './line.ts';
import type { Db } from './locks.ts';
import type { PictureFiles } from './picture-files.ts';
import { createQueue } from './queue.ts';
import type { Engine } from './schema.ts';
import { createChange, type OnTransition } from './transitions.ts';

interface GenerationsOptions {
  db: Db;
  engine: Engine;
  files: PictureFiles | undefined;
  now: () => number;
  onTransition?: OnTransition | undefined;
}

/** The one record of every request: job, history and audit. */
export function createGenerationStore({ db, engine, files, now, onTransition }: GenerationsOptions) {
  return {
    ...createQueue({ db, engine, now, change: createChange({ now, onTransition }) }),
    ...createLine({ db, now }),
    ...createHistory({ db, files }),
  };
}
