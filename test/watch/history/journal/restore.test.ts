import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { CorruptStoreError } from '../../../../src/watch/history/journal/errors.ts';
import { openJournal } from '../../../../src/watch/history/journal/open-journal.ts';
import { marketSeries } from './market-series.ts';
import { anObservation, aPoll } from './poll-builders.ts';
import { dumpJournal, replayRows } from './replay.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

describe('a journal that is opened again', () => {
  it('after every poll goes on to the same as one that stays open', () => {
    const staying = openForWriting(tempDir());
    const dir = tempDir();
    for (const poll of marketSeries()) {
      const again = openForWriting(dir);
      expect(again.append(poll)).toMatchObject({ events: staying.append(poll).events });
      again.close();
    }
    expect(dumpJournal(openForWriting(dir))).toEqual(dumpJournal(staying));
  });

  it('remembers how often a line was missed, and forgets misses before it was seen', () => {
    const dir = tempDir();
    const missing: number[] = [];
    for (const [i, seen] of [true, false, true, false, false].entries()) {
      const journal = openForWriting(dir);
      const covers = () => i !== 3;
      missing.push(journal.append(aPoll(i + 1, seen ? [anObservation()] : [], { covers })).missing);
      journal.close();
    }
    // The fourth poll did not cover the line, so the fifth is its first miss since it was seen.
    expect(missing).toEqual([0, 1, 0, 1, 1]);
  });

  it.each([
    ['an event is lost', 'DELETE FROM price_ev WHERE id = (SELECT max(id) FROM price_ev)'],
    ['a value is another', 'UPDATE quote_ev SET min_bid = min_bid + 1e-9'],
    ['a line is lost', 'DELETE FROM state_ev WHERE line = 17'],
    ['a dictionary row is lost', 'DELETE FROM hardware'],
    ['a machine is lost', 'DELETE FROM rel_ev'],
    ['the newest poll is lost', 'DELETE FROM polls WHERE poll = (SELECT max(poll) FROM polls)'],
  ])('says what is wrong when %s', (_what, sql) => {
    const dir = tempDir();
    const journal = openForWriting(dir);
    for (const poll of marketSeries()) journal.append(poll);
    journal.close();
    const db = new DatabaseSync(join(dir, 'journal.db'));
    db.exec(sql);
    db.close();
    expect(() => openForWriting(dir)).toThrow(CorruptStoreError);
    expect(() => openForWriting(dir)).toThrow(/is damaged: .*vastdeck market check/);
  });
});

describe('a journal opened for reading', () => {
  it('sees each poll that a writer in the same moment commits, and one moment while it reads', () => {
    const dir = tempDir();
    const writer = openForWriting(dir);
    writer.append(aPoll(1, [anObservation()]));
    const reader = openJournal(dir, { mode: 'read' });
    try {
      writer.append(aPoll(2, [anObservation({ dphTotal: 2 })]));
      expect(reader.lastPoll()?.poll).toBe(2);
      reader.consistently(() => {
        expect(reader.lastPoll()?.poll).toBe(2);
        writer.append(aPoll(3, []));
        expect(reader.lastPoll()?.poll).toBe(2);
        expect(replayRows(reader, 2).size).toBe(1);
      });
      expect(reader.lastPoll()?.poll).toBe(3);
    } finally {
      reader.close();
    }
  });

  it('gives events in batches, in order of poll, between the polls asked for', () => {
    const journal = openForWriting(tempDir());
    const offers = (price: number, count: number) =>
      Array.from({ length: count }, (_, i) =>
        anObservation({ offerId: i + 1, machineId: i % 50, dphTotal: price }),
      );
    // More than one batch of 16,384 events.
    for (let poll = 1; poll <= 8; poll += 1) journal.append(aPoll(poll, offers(poll, 2_250)));
    const polls = [...journal.events('price', 0)].flatMap((batch) => [...batch.poll]);
    expect(polls).toHaveLength(18_000);
    expect(polls).toEqual(polls.toSorted((x, y) => x - y));
    const some = [...journal.events('price', 2, 4)].flatMap((batch) => [
      ...(batch.values[0] as Float64Array),
    ]);
    expect([some.length, new Set(some)]).toEqual([4_500, new Set([3, 4])]);
    expect(journal.countEvents('price', 2, 4)).toBe(4_500);
  });
});
