import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { geteuid, seteuid } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CorruptStoreError,
  NewerStoreError,
  StoreFullError,
  StoreNotWritableError,
} from '../../../../src/watch/history/journal/errors.ts';
import { openJournal } from '../../../../src/watch/history/journal/open-journal.ts';
import { STORE_FORMAT } from '../../../../src/watch/history/journal/schema.ts';
import { marketSeries } from './market-series.ts';
import { anObservation, aPoll } from './poll-builders.ts';
import { dumpJournal } from './replay.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

function filledDir(): string {
  const dir = tempDir();
  const journal = openForWriting(dir);
  for (const poll of marketSeries()) journal.append(poll);
  journal.close();
  return dir;
}

function damage(dir: string, change: (bytes: Buffer) => Buffer): void {
  const path = join(dir, 'journal.db');
  writeFileSync(path, change(readFileSync(path)));
}

describe('a journal', () => {
  it('of a later format is refused for reading and writing, with both formats in the sentence', () => {
    const dir = filledDir();
    const db = new DatabaseSync(join(dir, 'journal.db'));
    db.exec(`PRAGMA user_version = ${STORE_FORMAT + 1}`);
    db.close();
    const sentence = `has format ${STORE_FORMAT + 1}, and this vastdeck knows formats up to ${STORE_FORMAT}`;
    expect(() => openForWriting(dir)).toThrow(NewerStoreError);
    expect(() => openJournal(dir, { mode: 'read' })).toThrow(sentence);
  });

  it.each([
    ['is no database', () => Buffer.from('offers,prices\n'.repeat(400))],
    ['is cut off in the middle', (bytes: Buffer) => bytes.subarray(0, 4096 * 3 + 100)],
    ['has a page of zeros', (bytes: Buffer) => bytes.fill(0, 4096, 8192)],
    ['is some other program’s database', () => otherDatabase()],
  ])('that %s is called damaged, and what to do is said', (_what, change) => {
    const dir = filledDir();
    damage(dir, change);
    expect(() => openForWriting(dir)).toThrow(CorruptStoreError);
    expect(() => openForWriting(dir)).toThrow(/vastdeck market check.*restore it.*move the folder away/);
  });

  it('that is not there is not made by a reader', () => {
    const dir = tempDir();
    expect(() => openJournal(dir, { mode: 'read' })).toThrow(/journal\.db is not there/);
    expect(existsSync(join(dir, 'journal.db'))).toBe(false);
  });

  it('in a folder that is a file, or that does not exist, cannot be written', () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'file'), '');
    expect(() => openForWriting(join(dir, 'file'))).toThrow(StoreNotWritableError);
    expect(() => openForWriting(join(dir, 'absent'))).toThrow(StoreNotWritableError);
  });

  it.skipIf(process.platform === 'win32')('in a read-only folder is read, and not written', () => {
    const dir = filledDir();
    const empty = tempDir();
    for (const folder of [dir, empty]) chmodSync(folder, 0o555);
    chmodSync(join(dir, 'journal.db'), 0o444);
    onTestFinished(() => {
      for (const folder of [dir, empty]) chmodSync(folder, 0o755);
    });
    asNobody(() => {
      expect(() => openForWriting(empty)).toThrow(StoreNotWritableError);
      expect(() => openForWriting(dir)).toThrow(StoreNotWritableError);
      const reader = openJournal(dir, { mode: 'read' });
      expect(reader.lastPoll()?.poll).toBe(5);
      reader.close();
    });
  });
});

/** Permissions do not bind the superuser, so as that we step down for a moment. */
function asNobody(act: () => void): void {
  const isSuperuser = geteuid?.() === 0;
  if (isSuperuser) seteuid?.(65_534);
  try {
    act();
  } finally {
    if (isSuperuser) seteuid?.(0);
  }
}

function otherDatabase(): Buffer {
  const dir = tempDir();
  const path = join(dir, 'other.db');
  const db = new DatabaseSync(path);
  db.exec('CREATE TABLE offers_raw (ts TEXT)');
  db.close();
  return readFileSync(path);
}

describe('a full disk', () => {
  const offers = (count: number) =>
    Array.from({ length: count }, (_, i) => anObservation({ offerId: i + 1, gpuIds: `${i}` }));

  it('during a poll keeps nothing of it, and the next poll is compared with the one before', () => {
    const dir = tempDir();
    const small = openForWriting(dir, { maxPages: 120 });
    small.append(aPoll(1, offers(50)));
    const before = dumpJournal(small);
    const many = offers(5_000).map((o) => ({ ...o, dphTotal: 3 }));
    expect(() => small.append(aPoll(2, many))).toThrow(StoreFullError);
    expect(() => small.append(aPoll(2, many))).toThrow(
      /No space is left to write .*database or disk is full/,
    );
    expect(dumpJournal(small)).toEqual(before);
    expect(small.append(aPoll(2, offers(51)))).toMatchObject({ poll: 2, rows: 51, appeared: 1, events: 7 });
    small.close();
    const large = openForWriting(dir);
    expect(large.openLineCount()).toBe(51);
    expect(large.append(aPoll(3, many))).toMatchObject({ poll: 3, rows: 5_000 });
  });

  it('while sealed polls are dropped leaves them there', () => {
    const dir = tempDir();
    const journal = openForWriting(dir);
    for (let poll = 1; poll < 5; poll += 1) journal.append(aPoll(poll, offers(300)));
    const before = dumpJournal(journal);
    const pages = journal.sizeBytes() / 4096;
    journal.close();
    const full = openForWriting(dir, { maxPages: pages });
    expect(() => full.dropThrough(4)).toThrow(StoreFullError);
    expect(dumpJournal(full)).toEqual(before);
    full.close();
    const roomy = openForWriting(dir);
    roomy.dropThrough(4);
    expect(roomy.sealedThrough()).toBe(4);
  });
});

describe('a fault at any step of a poll', () => {
  it('leaves journal and memory as they were, so that the poll can be appended again', () => {
    const whole = openForWriting(tempDir());
    let failAt = 0;
    let steps = 0;
    const journal = openForWriting(tempDir(), {
      onStep: (step) => {
        steps += 1;
        if (steps === failAt) throw new Error(`fault at ${step}`);
      },
    });
    for (const poll of marketSeries()) {
      const before = dumpJournal(journal);
      for (failAt = 1; failAt <= 15; failAt += 1) {
        steps = 0;
        const newType = anObservation({ type: `try ${failAt}`, gpuName: `try ${failAt}` });
        const attempt = () => journal.append({ ...poll, observations: [...poll.observations, newType] });
        expect(attempt).toThrow('fault at');
        expect(dumpJournal(journal)).toEqual(before);
      }
      failAt = 0;
      expect(journal.append(poll)).toMatchObject({ events: whole.append(poll).events });
    }
    expect(dumpJournal(journal)).toEqual(dumpJournal(whole));
    for (const name of ['attrs', 'terms', 'hardware'] as const) {
      expect(journal.dictionary(name)).toEqual(whole.dictionary(name));
    }
  });
});
