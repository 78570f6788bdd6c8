import { writeSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Journal, openJournal } from '../../../src/playground/discord/journal.ts';

/** A disk that takes so many bytes, and so many of them at once. */
async function openOnDisk() {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const disk = { room: Number.POSITIVE_INFINITY, atOnce: Number.POSITIVE_INFINITY };
  const told: (string | undefined)[] = [];
  const journal = openJournal(folder, {
    onTrouble: (sentence) => told.push(sentence),
    write(descriptor, bytes, offset, length, position) {
      const taken = Math.min(length, disk.room, disk.atOnce);
      if (taken === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      disk.room -= taken;
      return writeSync(descriptor, bytes, offset, taken, position);
    },
  });
  onTestFinished(() => journal.close());
  /** What a start from what is on disk now would find. */
  function read() {
    const found = openJournal(folder);
    const channels = found.values('channel').map(({ id }) => id);
    found.close();
    return { channels, aside: found.aside };
  }
  return { folder, disk, journal, told, read };
}

const put = (journal: Journal, id: string) => journal.put('channel', id, { id });

describe('a journal', () => {
  it('writes the rest of what a write took only in part', async () => {
    const { disk, journal, read } = await openOnDisk();
    disk.atOnce = 3;
    put(journal, 'one');
    put(journal, 'two');
    expect(read()).toEqual({ channels: ['one', 'two'], aside: undefined });
  });

  it('goes on in memory while the disk is full, and catches up', async () => {
    const { disk, journal, told, read } = await openOnDisk();
    put(journal, 'before');
    disk.room = 10;
    put(journal, 'torn');
    disk.room = 0;
    put(journal, 'lost');
    expect(told.at(-1)).toMatch(/^The conversation cannot be saved in .*ENOSPC/);
    expect(journal.values('channel').map(({ id }) => id)).toEqual(['before', 'torn', 'lost']);
    disk.room = Number.POSITIVE_INFINITY;
    put(journal, 'after');
    expect(told.at(-1)).toBeUndefined();
    expect(read()).toEqual({ channels: ['before', 'torn', 'lost', 'after'], aside: undefined });
  });

  it('loses no more than what could not be written when it is killed meanwhile', async () => {
    const { disk, journal, read } = await openOnDisk();
    put(journal, 'before');
    disk.room = 10;
    put(journal, 'torn');
    expect(read()).toEqual({ channels: ['before'], aside: undefined });
  });

  it('keeps its file when a rewrite fails, and rewrites it later', async () => {
    const { folder, disk, journal, told, read } = await openOnDisk();
    const lines = async () => (await readFile(join(folder, 'journal.jsonl'), 'utf8')).split('\n').length - 2;
    for (let times = 0; times < 2_000; times += 1) put(journal, 'same');
    // Enough for the line that makes it worth rewriting, not for the new file.
    disk.room = 40;
    put(journal, 'last');
    expect(await lines()).toBe(2_001);
    expect(await readdir(folder)).toEqual(['journal.jsonl']);
    disk.room = Number.POSITIVE_INFINITY;
    for (let times = 0; times < 2_001; times += 1) put(journal, 'same');
    expect(await lines()).toBeLessThan(2_001);
    expect(told.every((sentence) => sentence === undefined)).toBe(true);
    expect(read().channels).toEqual(['same', 'last']);
  });

  it('leaves nothing on disk of what was removed once it is compacted', async () => {
    const { folder, journal } = await openOnDisk();
    put(journal, 'secret');
    journal.remove('channel', 'secret');
    journal.compact();
    put(journal, 'next');
    expect(await readFile(join(folder, 'journal.jsonl'), 'utf8')).toBe(
      '{"local-discord":1}\n["channel","next",{"id":"next"}]\n',
    );
  });
});
