import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  type StoredChannelState,
  type StoredCommand,
  type StoredInteraction,
  type StoredMessage,
  type StoredSecrets,
  storedChannelState,
  storedCommand,
  storedInteraction,
  storedMessage,
  storedSecrets,
} from './records.ts';

interface Collections {
  secrets: StoredSecrets;
  command: StoredCommand;
  channel: StoredChannelState;
  interaction: StoredInteraction;
  message: StoredMessage;
}
export type Collection = keyof Collections;

type Live = { [Name in Collection]: Map<string, Collections[Name]> };

/** Remembers values under a collection and a key. */
export interface Journal {
  put<Name extends Collection>(collection: Name, key: string, value: Collections[Name]): void;
  remove(collection: Collection, key: string): void;
  /** What is there, in the order it was first put. */
  values<Name extends Collection>(collection: Name): Collections[Name][];
  /** Leaves nothing on disk of what was replaced or removed. */
  compact(): void;
  /** The folder that took a copy of what could not all be read. Files no record names belong there as well. */
  readonly aside: string | undefined;
  close(): void;
}

interface JournalOptions {
  /** Why the last change is not on disk; `undefined`: it is, with all before it. */
  onTrouble?: (sentence: string | undefined) => void;
  /** Puts bytes into an open file; may take fewer than it is given. Default: `writeSync`. */
  write?: (descriptor: number, bytes: Buffer, offset: number, length: number, position: number) => number;
}

const FILE_NAME = 'journal.jsonl';
const HEADER = '{"local-discord":1}';
/** The file is rewritten once most of its lines are old versions. */
const MOST_LINES_PER_VALUE = 4;
const LEAST_LINES_TO_REWRITE = 2_000;

/** Remembers nothing beyond the process, and keeps no second copy within it. */
export function createMemoryJournal(): Journal {
  return { put() {}, remove() {}, values: () => [], compact() {}, aside: undefined, close() {} };
}

/**
 * One line of JSON per change, written before the call returns: a killed process loses nothing that was answered, and
 * a line cut short at the end is left out. Lines that cannot be read are left out as well, and the whole file is kept
 * aside. While nothing can be written, the conversation goes on in memory.
 * Throws when the folder cannot be written to begin with.
 */
export function openJournal(folder: string, { onTrouble = () => {}, write = writeSync }: JournalOptions = {}): Journal {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, FILE_NAME);
  const { live, aside } = loadJournal(folder, path);
  let descriptor: number | undefined;
  /** Of whole lines. Each begins here, whatever a failed write left behind it. */
  let size = 0;
  let lines = 0;
  let isBehind = false;
  let nextCompaction = LEAST_LINES_TO_REWRITE;
  rewrite();

  function writeAll(target: number, text: string, position: number): number {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += write(target, bytes, done, bytes.length - done, position + done);
    return bytes.length;
  }

  /** Throws before anything has changed. */
  function rewrite(): void {
    const entries = Object.entries(live).flatMap(([name, values]) =>
      [...values].map(([key, value]) => JSON.stringify([name, key, value])),
    );
    const freshPath = `${path}.new`;
    const fresh = openSync(freshPath, 'w');
    try {
      size = writeAll(fresh, [HEADER, ...entries, ''].join('\n'), 0);
      renameSync(freshPath, path);
    } catch (error) {
      closeSync(fresh);
      rmSync(freshPath, { force: true });
      throw error;
    }
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = fresh;
    lines = entries.length;
    isBehind = false;
  }

  /** What failed before is made good first, by a whole new file. */
  function save(change: () => void): void {
    try {
      if (isBehind) rewrite();
      else change();
      onTrouble(undefined);
    } catch (error) {
      isBehind = true;
      const why = error instanceof Error ? error.message : String(error);
      onTrouble(
        `The conversation cannot be saved in ${folder} (${why}). It is lost at the next restart unless that ends.`,
      );
    }
  }

  function append(collection: Collection, key: string, value: unknown): void {
    save(() => {
      if (descriptor === undefined) throw new Error('the journal is closed');
      size += writeAll(descriptor, `${JSON.stringify([collection, key, value])}\n`, size);
      lines += 1;
    });
    const worthKeeping = Object.values(live).reduce((sum, values) => sum + values.size, 0);
    if (isBehind || lines <= nextCompaction || lines <= worthKeeping * MOST_LINES_PER_VALUE) return;
    nextCompaction = LEAST_LINES_TO_REWRITE;
    try {
      rewrite();
    } catch {
      // Nothing is missing from the old file; it is tried again later.
      nextCompaction = lines + LEAST_LINES_TO_REWRITE;
    }
  }

  return {
    put(collection, key, value) {
      live[collection].set(key, value);
      append(collection, key, value);
    },
    remove(collection, key) {
      if (live[collection].delete(key)) append(collection, key, null);
    },
    values: (collection) => [...live[collection].values()],
    compact: () => save(rewrite),
    aside,
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function loadJournal(folder: string, path: string): { live: Live; aside?: string } {
  if (!existsSync(path)) return { live: createLive() };
  const { live, isWhole } = parseJournal(readFileSync(path, 'utf8'));
  if (isWhole) return { live };
  const aside = findFreeName(join(folder, 'unreadable-'));
  mkdirSync(aside);
  copyFileSync(path, join(aside, FILE_NAME));
  return { live, aside };
}

function createLive(): Live {
  return { secrets: new Map(), command: new Map(), channel: new Map(), interaction: new Map(), message: new Map() };
}

const line = z.tuple([z.enum(['secrets', 'command', 'channel', 'interaction', 'message']), z.string(), z.unknown()]);

/** `isWhole`: every line was read. */
function parseJournal(content: string): { live: Live; isWhole: boolean } {
  const [header, ...rest] = content.split('\n');
  let isWhole = header === HEADER;
  // What follows the last line break is empty, or a line cut short by a crash.
  rest.pop();
  const live = createLive();
  for (const text of rest) {
    try {
      const [collection, key, value] = line.parse(JSON.parse(text));
      if (value === null) live[collection].delete(key);
      else keep(live, collection, key, value);
    } catch {
      isWhole = false;
    }
  }
  return { live, isWhole };
}

function keep(live: Live, collection: Collection, key: string, value: unknown): void {
  switch (collection) {
    case 'secrets':
      live.secrets.set(key, storedSecrets.parse(value));
      break;
    case 'command':
      live.command.set(key, storedCommand.parse(value));
      break;
    case 'channel':
      live.channel.set(key, storedChannelState.parse(value));
      break;
    case 'interaction':
      live.interaction.set(key, storedInteraction.parse(value));
      break;
    case 'message':
      live.message.set(key, storedMessage.parse(value));
      break;
  }
}

function findFreeName(prefix: string): string {
  for (let number = 1; ; number += 1) {
    if (!existsSync(prefix + number)) return prefix + number;
  }
}
