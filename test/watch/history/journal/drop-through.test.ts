import { describe, expect, it } from 'vitest';
import { encodeLine, GONE, MISSING } from '../../../../src/watch/history/journal/codes.ts';
import { CorruptStoreError } from '../../../../src/watch/history/journal/errors.ts';
import type { Journal } from '../../../../src/watch/history/journal/open-journal.ts';
import { FACET_NAMES } from '../../../../src/watch/history/journal/schema.ts';
import { marketSeries } from './market-series.ts';
import { anObservation, aPoll } from './poll-builders.ts';
import { dumpJournal, listEvents, replayRows, replayStates } from './replay.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

const LINE = encodeLine(1000, 1);

function rowsFrom(journal: Journal, first: number, last: number): unknown[] {
  return Array.from({ length: last - first + 1 }, (_, i) => [
    replayRows(journal, first + i),
    replayStates(journal, first + i),
  ]);
}

describe('dropping sealed polls', () => {
  it.each([1, 2, 3, 4])('through %d leaves every later poll as it was', (through) => {
    const journal = openForWriting(tempDir());
    for (const poll of marketSeries()) journal.append(poll);
    const before = rowsFrom(journal, through + 1, 5);
    const polls = journal.polls(through);
    const slices = journal.slices(through);
    journal.dropThrough(through);
    expect(rowsFrom(journal, through + 1, 5)).toEqual(before);
    expect([journal.polls(0), journal.slices(0)]).toEqual([polls, slices]);
    for (const name of FACET_NAMES) expect(journal.countEvents(name, 0, through)).toBe(0);
    expect(journal.sealedThrough()).toBe(through);
  });

  it('and going on gives what going on without it gives', () => {
    const [plain, dropped] = [openForWriting(tempDir()), openForWriting(tempDir())];
    for (const [i, poll] of marketSeries().entries()) {
      expect(dropped.append(poll)).toMatchObject({ poll: i + 1, events: plain.append(poll).events });
      dropped.dropThrough(i + 1);
      expect(dropped.lastPoll()).toEqual(plain.lastPoll());
    }
  });

  it('twice changes nothing', () => {
    const journal = openForWriting(tempDir());
    for (const poll of marketSeries()) journal.append(poll);
    journal.dropThrough(3);
    const once = dumpJournal(journal);
    journal.dropThrough(3);
    journal.dropThrough(2);
    expect(dumpJournal(journal)).toEqual(once);
  });

  it('through the newest poll keeps it as the one that the next follows, also over a restart', () => {
    const dir = tempDir();
    const journal = openForWriting(dir);
    for (const poll of marketSeries().slice(0, 3)) journal.append(poll);
    const last = journal.lastPoll();
    journal.dropThrough(3);
    journal.close();
    const reopened = openForWriting(dir);
    expect(reopened.lastPoll()).toEqual(last);
    expect(reopened.append(aPoll(4, [])).poll).toBe(4);
  });

  it('writes at the next poll one event a key, that poll’s own where it has one', () => {
    const journal = openForWriting(tempDir());
    journal.append(aPoll(1, [anObservation(), anObservation({ offerId: 7 })]));
    journal.append(aPoll(2, [anObservation({ dphTotal: 5 }), anObservation({ offerId: 7 })]));
    journal.dropThrough(1);
    expect(listEvents(journal, 'price')).toHaveLength(2);
    expect(listEvents(journal, 'price')).toContainEqual([2, LINE, 5]);
  });

  it('before the next poll exists lets that poll replace what was written for it', () => {
    const journal = openForWriting(tempDir());
    journal.append(aPoll(1, [anObservation(), anObservation({ offerId: 7 })]));
    journal.dropThrough(1);
    journal.append(aPoll(2, [anObservation({ dphTotal: 5 })]));
    const seven = encodeLine(7, 1);
    expect(listEvents(journal, 'price')).toHaveLength(2);
    expect(listEvents(journal, 'price')).toContainEqual([2, LINE, 5]);
    expect(listEvents(journal, 'price')).toContainEqual([2, seven, anObservation().dphTotal]);
    expect(listEvents(journal, 'state').map(([, line, s]) => [line, s])).toContainEqual([seven, MISSING]);
    expect(listEvents(journal, 'state')).toHaveLength(2);
  });

  it('keeps nothing of lines that are gone by then, nor of those gone at the next poll but that', () => {
    const journal = openForWriting(tempDir(), { keepMisses: 1 });
    journal.append(aPoll(1, [anObservation()]));
    journal.append(aPoll(2, []));
    journal.dropThrough(1);
    expect(listEvents(journal, 'state')).toEqual([[2, LINE, GONE]]);
    expect(listEvents(journal, 'price')).toEqual([]);
    journal.dropThrough(2);
    for (const name of FACET_NAMES) expect(listEvents(journal, name)).toEqual([]);
    for (const name of ['attrs', 'terms', 'hardware'] as const) expect(journal.dictionary(name).size).toBe(0);
  });

  it('of a line gone at the poll after a seal of the newest leaves only that it is gone', () => {
    const journal = openForWriting(tempDir(), { keepMisses: 1 });
    journal.append(
      aPoll(1, [anObservation(), anObservation({ offerId: 7, machineId: 8, reliability: 0.2 })]),
    );
    journal.dropThrough(1);
    journal.append(aPoll(2, [anObservation({ offerId: 7, machineId: 8, reliability: 0.2 })]));
    expect(listEvents(journal, 'state')).toContainEqual([2, LINE, GONE]);
    expect(listEvents(journal, 'price').map(([, line]) => line)).toEqual([encodeLine(7, 1)]);
  });

  it('keeps misses, so that the second absence is still the second', () => {
    const journal = openForWriting(tempDir());
    journal.append(aPoll(1, [anObservation()]));
    journal.append(aPoll(2, []));
    journal.dropThrough(2);
    expect(journal.append(aPoll(3, []))).toMatchObject({ gone: 1 });
  });

  it('forgets values that nobody has any more, and knows them anew when they return', () => {
    const dir = tempDir();
    const journal = openForWriting(dir);
    const series = ['old', 'new', 'old'].map((cpuName, i) => aPoll(i + 1, [anObservation({ cpuName })]));
    for (const poll of series.slice(0, 2)) journal.append(poll);
    journal.dropThrough(2);
    expect(journal.dictionary('hardware').size).toBe(1);
    for (const poll of series.slice(2)) journal.append(poll);
    expect([...replayRows(journal, 3).values()][0]).toContain('old');
    journal.close();
    expect(openForWriting(dir).openLineCount()).toBe(1);
  });

  it('keeps no miss from before the line was seen again', () => {
    const journal = openForWriting(tempDir());
    const covers = () => false;
    for (const [i, seen] of [true, false, true].entries())
      journal.append(aPoll(i + 1, seen ? [anObservation()] : []));
    journal.append(aPoll(4, [], { covers }));
    journal.dropThrough(4);
    expect(journal.append(aPoll(5, []))).toMatchObject({ missing: 1, gone: 0 });
    expect(journal.append(aPoll(6, []))).toMatchObject({ gone: 1 });
  });

  it('keeps the reliability of a machine whose offers return after the seal without a change', () => {
    const journal = openForWriting(tempDir(), { keepMisses: 1 });
    journal.append(aPoll(1, [anObservation()]));
    journal.append(aPoll(2, []));
    journal.append(aPoll(3, [anObservation()]));
    expect(listEvents(journal, 'rel')).toHaveLength(1);
    journal.dropThrough(2);
    expect(replayRows(journal, 3).size).toBe(1);
  });

  it('through a poll that does not exist says that journal and segments do not fit', () => {
    const journal = openForWriting(tempDir());
    journal.append(aPoll(1, []));
    expect(() => journal.dropThrough(2)).toThrow(CorruptStoreError);
    expect(() => journal.dropThrough(2)).toThrow(/sealed through poll 2, and the journal's newest poll is 1/);
    expect(() => journal.dropThrough(0.5)).toThrow(RangeError);
  });
});
