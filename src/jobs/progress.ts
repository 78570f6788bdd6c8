import type { Logger } from 'pino';
import { TOKEN_LIFE_MS } from '../discord/deliver.ts';
import { EDIT_WITHIN_MS, type Price, type Progress } from '../discord/edit-progress.ts';
import type { ProviderFailure } from '../errors.ts';
import type { CallNotice } from '../generation/paint.ts';
import type { FailedOffer } from '../generation/paint-run.ts';
import type { Offer } from '../generation/provider.ts';
import type { Generation } from '../generation/record.ts';
import { describeError } from '../log.ts';
import type { Store } from '../store/open-store.ts';
import { LEASE_MS } from '../store/queue.ts';

/** A message is edited at most this often. */
const EVERY_MS = 4_000;
/** A picture that takes less than this needs no word in between. */
const PATIENCE_MS = 2_500;
/** And this long those that paint may take to have the first word with who is in line: they know how fast it moves. */
const PAINTERS_FIRST_MS = 2_500;
/** Edits a second, of all processes together. */
const EDITS_PER_SECOND = 5;
/** Of these, what is kept for those in line: they get no more, and those that are painted cannot take it. */
const EDITS_IN_LINE = 3;
/** A process that had its turn at one second's edits may be a little early for the next. */
const TURN_MS = 900;
/** Only so many in line see their place move: who is further back is told it once, and a last time. */
const TOLD_IN_LINE = 10;
/** When that last time is: shortly before the message can be edited no more. */
const LAST_WORD_MS = 13 * 60_000;

const LATE: Progress = { kind: 'late' };

/** Why another provider is asked, where there is more to say than that one failed. */
const BECAUSE: { readonly [Failure in ProviderFailure]?: 'slow' | 'busy' } = {
  timeout: 'slow',
  'rate-limited': 'busy',
};

/** A generation that is painted here. */
interface Watched {
  readonly generation: Generation;
  readonly startedAt: number;
  /** Until then it is certainly ours; later, another process may have finished it already. */
  heldUntil: number;
  /** The call it waits for. */
  notice: CallNotice | undefined;
  /** The last one its member was to be told of, if there was anything to tell. */
  offered: Offer | undefined;
  /** What they are to be told of it, and have not been yet. */
  announcement: Progress | undefined;
}

/** The last edit of a message by this process. */
interface Told {
  readonly text: string;
  readonly at: number;
  /** It is under way. */
  editing: Promise<void> | undefined;
  /** It found no message to edit: nothing more is said there. */
  isGone: boolean;
}

interface ProgressOptions {
  store: Pick<Store, 'generations' | 'turns'>;
  /** Edits the waiting message within so many milliseconds, or not at all; never throws. `false`: it is gone. */
  edit: (generation: Generation, progress: Progress, withinMs: number) => Promise<boolean>;
  /** Generations this process can have in flight. 0: it speaks where those that paint have not, and of places only. */
  workers: number;
  /** Generations of one member at once, over all processes. */
  userRunning: number;
  log: Logger;
  now?: () => number;
}

export type ProgressReporter = ReturnType<typeof startProgress>;

/**
 * Keeps members told while they wait: their place in line, then who is painting and for how long.
 *
 * A message is edited at most every four seconds, and then says what is true by then. All edits come out of one budget,
 * five a second over all processes, of which those in line get up to three: first who has had no word yet, or is due
 * their last, then who has moved. Of those that are painted, one whose provider was replaced comes first.
 *
 * A private message cannot be edited once its token is dead: the last word there is where the picture will be found.
 *
 * What several pictures cost is the exception: it is said at once, because nothing is spent before. It counts, though:
 * the message then rests like any other, and the budget has room for one less.
 */
export function startProgress({ store, edit, workers, userRunning, log, now = Date.now }: ProgressOptions) {
  const watched = new Map<string, Watched>();
  const told = new Map<string, Told>();
  let ticking = false;
  const timer = setInterval(() => void tick(), 1_000);
  timer.unref();

  async function tick(): Promise<void> {
    if (ticking) return;
    ticking = true;
    try {
      for (const [id, { at }] of told) if (now() - at > TOKEN_LIFE_MS) told.delete(id);
      await tellPainted();
      await tellInLine();
    } catch (error) {
      log.warn({ err: describeError(error) }, 'could not report progress');
    } finally {
      ticking = false;
    }
  }

  /** How many of so many edits there is room for now. */
  function draw(wanted: number, atOnce = EDITS_PER_SECOND): Promise<number> {
    return store.turns.draw('edits', wanted, { everyMs: 1_000 / EDITS_PER_SECOND, atOnce });
  }

  async function tellPainted(): Promise<void> {
    const room = await draw(duePainted().length);
    // Not those from before: one of them may be over by now.
    for (const entry of duePainted().slice(0, room)) say(entry);
  }

  function duePainted(): Watched[] {
    const rank = ({ announcement }: Watched) => (announcement === undefined ? 1 : 0);
    return [...watched.values()]
      .filter((entry) => mayEdit(entry) && isRested(entry.generation) && newsOf(entry) !== undefined)
      .toSorted((one, other) => rank(one) - rank(other) || lastEditOf(one.generation) - lastEditOf(other.generation));
  }

  function newsOf({ generation, announcement, notice, startedAt }: Watched): Progress | undefined {
    const elapsedMs = now() - startedAt;
    if (announcement === undefined && isLate(generation))
      return told.get(generation.id)?.text === JSON.stringify(LATE) ? undefined : LATE;
    if (announcement !== undefined || notice === undefined || elapsedMs < PATIENCE_MS) return announcement;
    return { kind: 'painting', provider: notice.offer.providerLabel, seconds: Math.round(elapsedMs / 1_000) };
  }

  /** What its message says from now on may stay there for good. */
  function isLate({ ephemeral, createdAt }: Generation): boolean {
    return ephemeral && now() - createdAt >= LAST_WORD_MS;
  }

  /** By this process, or by another while it was in line. */
  function lastEditOf({ id, progressAt = 0 }: Generation): number {
    return Math.max(told.get(id)?.at ?? 0, progressAt);
  }

  function isRested(generation: Generation): boolean {
    return now() - lastEditOf(generation) >= EVERY_MS;
  }

  /** Its member deleted the message, or its token is dead. */
  function isGone({ id }: Generation): boolean {
    return told.get(id)?.isGone === true;
  }

  /** One edit at a time for each message, and none that might be another process' to make. */
  function mayEdit({ generation, heldUntil }: Watched): boolean {
    if (isGone(generation)) return false;
    return told.get(generation.id)?.editing === undefined && now() + EDIT_WITHIN_MS < heldUntil;
  }

  function say(entry: Watched): void {
    const news = newsOf(entry);
    if (news === undefined || !mayEdit(entry)) return;
    entry.announcement = undefined;
    // Known already: it was handed back and claimed again.
    if (told.get(entry.generation.id)?.text !== JSON.stringify(news))
      begin(entry.generation, news, now() + EDIT_WITHIN_MS);
  }

  /** @param until whoever finishes this generation waits so long for the edit */
  function begin(generation: Generation, progress: Progress, until: number): void {
    const at = now();
    // This process stood still just before, or there is nobody to tell.
    if (at >= until || isGone(generation)) return;
    const entry: Told = { text: JSON.stringify(progress), at, editing: undefined, isGone: false };
    told.set(generation.id, entry);
    entry.editing = edit(generation, progress, until - at).then((isThere) => {
      entry.editing = undefined;
      entry.isGone = !isThere;
    });
  }

  async function tellInLine(): Promise<void> {
    const front = await store.generations.frontOfQueue(TOLD_IN_LINE);
    if (front.length === 0) return;
    // The turn of a process that would have more to say is not taken for nothing.
    if (workers === 0 && (await readOwed()).length === 0) return;
    if (!(await store.turns.take('progress', TURN_MS))) return;
    const due = await dueInLine(front);
    // Beyond what the others can use up.
    const room = await draw(due.length, EDITS_PER_SECOND + EDITS_IN_LINE);
    for (const { generation, progress } of due.slice(0, room)) {
      // From here to the end of the edit a worker that finishes it waits: see `settled`.
      const until = now() + EDIT_WITHIN_MS;
      if (await store.generations.markProgress(generation.id)) begin(generation, progress, until);
    }
  }

  /** Who has had no word yet, or is due their last. */
  function readOwed(): Promise<Generation[]> {
    return store.generations.owedAWord({
      patienceMs: workers === 0 ? PATIENCE_MS + PAINTERS_FIRST_MS : PATIENCE_MS,
      lastWordMs: LAST_WORD_MS,
      unreachableMs: TOKEN_LIFE_MS,
      most: EDITS_IN_LINE,
    });
  }

  async function dueInLine(front: readonly Generation[]): Promise<{ generation: Generation; progress: Progress }[]> {
    const owed = await readOwed();
    const isOwed = new Set(owed.map(({ id }) => id));
    const moves = workers === 0 ? [] : front;
    const others = moves.filter(
      (generation) => !isOwed.has(generation.id) && !isGone(generation) && now() - generation.createdAt >= PATIENCE_MS,
    );
    const paintingMs = workers === 0 ? undefined : await store.generations.recentPaintingMs();
    const due: { generation: Generation; progress: Progress }[] = [];
    for (const generation of [...owed, ...others].filter(isRested)) {
      if (due.length === EDITS_IN_LINE) break;
      const { id } = generation;
      const place = front.findIndex((one) => one.id === id);
      const before = place === -1 ? await store.generations.position(id) : place;
      if (before === undefined) continue;
      const pauseMs = (generation.availableAt ?? 0) - now();
      const progress: Progress = isLate(generation)
        ? LATE
        : pauseMs > PATIENCE_MS
          ? { kind: 'pausing', seconds: Math.ceil(pauseMs / 1_000) }
          : waiting(before, await store.generations.ownBefore(id), paintingMs);
      if (isOwed.has(id) || told.get(id)?.text !== JSON.stringify(progress)) due.push({ generation, progress });
    }
    return due;
  }

  /** @param own how many of its member's own it waits for. @param paintingMs what one takes, where that can be told */
  function waiting(before: number, own: number, paintingMs: number | undefined): Progress {
    const rounds = Math.max(Math.ceil((before + 1) / workers), Math.ceil((own + 1) / userRunning));
    const seconds = paintingMs === undefined ? undefined : Math.max(1, Math.ceil((rounds * paintingMs) / 1_000));
    return { kind: 'waiting', before, seconds };
  }

  return {
    /** Says what is due, as the timer does every second. Resolves when all these edits have begun. */
    tick,
    /** A worker has taken it. */
    started(generation: Generation): void {
      const startedAt = now();
      const heldUntil = startedAt + LEASE_MS;
      watched.set(generation.id, {
        generation,
        startedAt,
        heldUntil,
        notice: undefined,
        offered: undefined,
        announcement: undefined,
      });
    },
    /** Its lease was renewed, by a request of that time. */
    held(id: string, renewedAt: number): void {
      const entry = watched.get(id);
      if (entry !== undefined) entry.heldUntil = renewedAt + LEASE_MS;
    },
    /** An offer is about to be asked. Where that costs what its member must know of, it resolves once they do. */
    async offered(id: string, { offer, instead, count, priceMicroUsd }: CallNotice): Promise<void> {
      const entry = watched.get(id);
      if (entry === undefined || entry.offered === offer) return;
      entry.offered = offer;
      const price = count > 1 && priceMicroUsd > 0 ? { count, priceMicroUsd } : undefined;
      entry.announcement = announcementOf(offer, instead, price);
      if (price === undefined) return;
      await told.get(id)?.editing;
      // Unless it was its turn just then.
      if (entry.announcement !== undefined) say(entry);
      await Promise.all([told.get(id)?.editing, draw(1)]);
    },
    /** A provider is being asked. */
    calling(id: string, notice: CallNotice): void {
      const entry = watched.get(id);
      if (entry !== undefined) entry.notice = notice;
    },
    /** No more edits from here on; resolves when the last one is through, so that the result cannot be overtaken. */
    async settled(id: string): Promise<void> {
      watched.delete(id);
      await told.get(id)?.editing;
    },
    stop(): void {
      clearInterval(timer);
    },
  };
}

function announcementOf(
  { providerLabel: provider }: Offer,
  instead: FailedOffer | undefined,
  price: Price | undefined,
): Progress | undefined {
  if (instead !== undefined) {
    const because = BECAUSE[instead.failure] ?? 'failed';
    return { kind: 'instead', provider, other: instead.offer.providerLabel, because, price };
  }
  return price === undefined ? undefined : { kind: 'price', provider, ...price };
}
