import { openStore, type Store } from '../../src/store/open-store.ts';
import { complete, newGeneration } from './generations.ts';

/*
 * A process of its own on someone else's data: `fork`ed with where that is. It opens the store at once, says "open",
 * does what it is told, and answers with what it saw.
 */

export interface Place {
  databaseUrl?: string;
  dataDir: string;
}

export type Task =
  | { do: 'submit'; ids: string[]; waiting: number }
  | { do: 'work'; owner: string; userRunning: number }
  | { do: 'leave' };

/** `submit`: what each submission was answered with. `work`: what was claimed, and how many of its member ran then. */
export type Report = { kinds: string[] } | { claimed: { id: string; running: number }[] } | 'open';

async function submit({ generations }: Store, ids: readonly string[], waiting: number): Promise<Report> {
  const kinds: string[] = [];
  for (const id of ids) kinds.push((await generations.submit(newGeneration({ id }), { waiting })).kind);
  return { kinds };
}

async function work(store: Store, owner: string, userRunning: number): Promise<Report> {
  const claimed: { id: string; running: number }[] = [];
  for (;;) {
    const next = await store.generations.claim({ owner, userRunning });
    if (next === undefined) return { claimed };
    const running = await store.db
      .selectFrom('generations')
      .select('id')
      .where('user_id', '=', next.userId)
      .where('state', '=', 'running')
      .execute();
    claimed.push({ id: next.id, running: running.length });
    await complete(store, next.id, owner);
  }
}

if (process.send !== undefined && import.meta.main) {
  const place: Place = JSON.parse(process.argv[2] ?? '');
  const store = await openStore(place);
  const answer = (report: Report) => void process.send?.(report);
  process.on('message', async (task: Task) => {
    if (task.do === 'submit') answer(await submit(store, task.ids, task.waiting));
    if (task.do === 'work') answer(await work(store, task.owner, task.userRunning));
    if (task.do === 'leave') {
      await store.close();
      process.disconnect();
    }
  });
  answer('open');
}
