import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { encodeLine, GONE, LARGEST_OFFER_ID, MISSING } from '../../../../src/watch/history/journal/codes.ts';
import { InvalidPollError } from '../../../../src/watch/history/journal/errors.ts';
import { FACETS, type FacetName } from '../../../../src/watch/history/journal/schema.ts';
import type { Observation, PollInput } from '../../../../src/watch/history/observation.ts';
import { anObservation, aPoll, aSlice, INTERVAL_MS, START_MS } from './poll-builders.ts';
import { dumpJournal, listEvents, replayRows } from './replay.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

const LINE = encodeLine(1000, 1);
const AVAILABLE = 1 + 3 * 0 + 9 * 1;

/** A journal that takes one poll after another. */
function world(options: Parameters<typeof openForWriting>[1] = {}) {
  const journal = openForWriting(tempDir(), options);
  let number = 0;
  const poll = (observations: readonly Observation[], over: Partial<PollInput> = {}) => {
    number += 1;
    return journal.append(aPoll(number, observations, over));
  };
  /** Events of one poll by facet, without empty facets. */
  const eventsOf = (at: number) =>
    Object.fromEntries(
      (Object.keys(FACETS) as FacetName[])
        .map((name) => [name, listEvents(journal, name, at - 1, at).map(([, ...event]) => event)] as const)
        .filter(([, events]) => events.length > 0),
    );
  return { journal, poll, eventsOf };
}

describe('a poll', () => {
  it('is numbered densely from 1 and kept with what the collector says of it', () => {
    const { journal, poll } = world();
    expect(journal.lastPoll()).toBeUndefined();
    expect(poll([anObservation()]).poll).toBe(1);
    poll([], {
      filter: 'gpu_name=A100',
      duplicates: 3,
      slices: [aSlice(), aSlice({ complete: false, reason: 'capped' })],
    });
    expect(journal.lastPoll()).toMatchObject({
      poll: 2,
      tsMs: START_MS + 2 * INTERVAL_MS,
      intervalMs: INTERVAL_MS,
      filter: 'gpu_name=A100',
      n: 0,
      complete: false,
      duplicates: 3,
    });
    expect(journal.polls(0)[0]).toMatchObject({ poll: 1, n: 1, complete: true });
  });

  it('keeps its slices exactly, those that repeat and those that do not', () => {
    const { journal, poll } = world();
    const slices = (at: number) => [
      aSlice({ startedAtMs: START_MS + at, finishedAtMs: START_MS + at + 5 }),
      aSlice({
        type: 'bid',
        search: 'rented',
        predicate: `dph>0.${at}`,
        rows: 64,
        complete: false,
        reason: 'capped at 64',
      }),
    ];
    for (const at of [1, 2, 3]) poll([], { slices: slices(at) });
    const expected = [1, 2, 3].flatMap((at) =>
      slices(at).map(({ startedAtMs, finishedAtMs, ...slice }, index) => ({
        ...slice,
        poll: at,
        slice: index,
        startedMs: startedAtMs,
        finishedMs: finishedAtMs,
      })),
    );
    expect(journal.slices(0)).toEqual(expected);
    expect(journal.slices(1, 2)).toEqual(expected.slice(2, 4));
  });

  it('stores a question that repeats from poll to poll once', () => {
    const { journal, poll } = world();
    for (const at of [1, 2, 3])
      poll([], { slices: [aSlice({ rows: at }), aSlice({ predicate: `dph>0.${at}` })] });
    const db = new DatabaseSync(join(journal.dir, 'journal.db'), { readOnly: true });
    const kinds = db.prepare('SELECT predicate FROM slice_kinds ORDER BY kind').all();
    db.close();
    expect(kinds.map((kind) => kind.predicate)).toEqual(['', 'dph>0.1', 'dph>0.2', 'dph>0.3']);
  });

  it('that repeats the last one writes no event', () => {
    const { poll } = world();
    expect(poll([anObservation()]).events).toBe(8);
    expect(poll([anObservation()])).toMatchObject({ rows: 1, events: 0, appeared: 0, gone: 0, missing: 0 });
  });

  const columns = Object.values(FACETS).flatMap((facet) =>
    facet.columns.flatMap(({ name, type, field }) =>
      field ? [{ facet: facet.name, name, type, field }] : [],
    ),
  );
  it.each(
    columns.filter(({ facet }) => facet !== 'rel_x'),
  )('that changes $name of one offer writes one event of $facet, and one more when it changes to null', ({
    facet,
    type,
    field,
  }) => {
    const { journal, poll, eventsOf } = world();
    const before = anObservation();
    poll([before]);
    const value = type === 'VARCHAR' ? 'other' : before.machineId + 1000;
    poll([{ ...before, [field]: value }]);
    // A machine that was never seen brings its reliability along.
    expect(Object.keys(eventsOf(2)).sort()).toEqual(field === 'machineId' ? ['attr', 'rel'] : [facet]);
    expect([...replayRows(journal, 2).values()][0]).toContain(value);
    if (field === 'machineId') return;
    poll([{ ...before, [field]: null }]);
    expect(Object.keys(eventsOf(3))).toEqual([facet]);
    expect([...replayRows(journal, 2).values()][0]).toContain(value);
  });

  it('takes undefined, NaN and infinities for null, and -0 for 0, so that they are no change', () => {
    const { poll, eventsOf } = world();
    const sparse = anObservation({
      dphTotal: null,
      gpuName: null,
      minBid: null,
      reliability: null,
      diskSpaceGb: 0,
    });
    poll([sparse]);
    const loose = {
      dphTotal: undefined,
      gpuName: undefined,
      minBid: Number.NaN,
      reliability: Number.NaN,
      diskSpaceGb: -0,
    };
    const again = poll([{ ...sparse, ...loose } as unknown as Observation]);
    expect(again.events).toBe(0);
    poll([{ ...sparse, dphTotal: Number.POSITIVE_INFINITY }]);
    expect(eventsOf(3)).toEqual({});
  });

  it('keeps a text of a million characters, and one that is no proper Unicode as its repaired form', () => {
    const { journal, poll } = world();
    const long = 'x'.repeat(1_000_000);
    const odd = anObservation({ cpuName: long, driver: 'a\ud800b' });
    poll([odd]);
    const [row] = replayRows(journal, 1).values();
    expect(row).toContain(long);
    expect(row).toContain('a\ufffdb');
    expect(poll([odd]).events).toBe(0);
  });

  it('with two rows of one line keeps the last and counts the other as duplicate', () => {
    const { journal, poll } = world();
    const result = poll(
      [anObservation({ dphTotal: 1 }), anObservation({ offerId: 5 }), anObservation({ dphTotal: 2 })],
      {
        duplicates: 4,
      },
    );
    expect(result.rows).toBe(2);
    expect(journal.lastPoll()).toMatchObject({ n: 2, duplicates: 5 });
    expect(listEvents(journal, 'price')).toContainEqual([1, LINE, 2]);
    expect(poll([anObservation({ dphTotal: 3 }), anObservation({ dphTotal: 2 })])).toMatchObject({
      rows: 1,
      missing: 1,
    });
    expect(listEvents(journal, 'price', 1)).toEqual([]);
  });

  it('keeps one offer of two types as two lines, with codes for types that imports bring', () => {
    const { journal, poll } = world();
    for (const type of ['on-demand', 'interruptible', 'reserved', null, 'spot'])
      poll([anObservation({ type })]);
    expect(listEvents(journal, 'price').map(([, line]) => line)).toEqual(
      [1, 2, 3, 0, 4].map((code) => encodeLine(1000, code)),
    );
    expect(journal.types()).toContainEqual({ code: 4, type: 'spot' });
  });
});

describe('a poll that cannot be kept', () => {
  it.each([
    [
      'an offer id that is too large',
      { offerId: LARGEST_OFFER_ID + 1 },
      /offer 562949953421312: its id is no whole number/,
    ],
    ['an offer id that is no whole number', { offerId: 1.5 }, /offer 1\.5: its id/],
    ['a negative offer id', { offerId: -1 }, /offer -1: its id/],
    ['no machine', { machineId: null as unknown as number }, /offer 1000: machine_id is null/],
    ['half a GPU', { numGpus: 0.5 }, /offer 1000: num_gpus is 0\.5/],
    [
      'more ports than a sealed column holds',
      { directPortCount: 2 ** 31 },
      /direct_port_count is 2147483648/,
    ],
    ['a flag that is true instead of 1', { staticIp: true as unknown as 1 }, /static_ip is true/],
  ])('for %s is refused with a sentence, and nothing changes', (_what, over, sentence) => {
    const { journal, poll } = world();
    poll([anObservation()]);
    const before = dumpJournal(journal);
    expect(() =>
      journal.append(aPoll(9, [anObservation({ offerId: 3, gpuName: 'new' }), anObservation(over)])),
    ).toThrow(sentence);
    expect(dumpJournal(journal)).toEqual(before);
    expect(journal.append(aPoll(9, [anObservation()]))).toMatchObject({ poll: 2, events: 0 });
  });

  it('keeps the largest id', () => {
    const { journal, poll } = world();
    poll([anObservation({ offerId: LARGEST_OFFER_ID })]);
    expect(listEvents(journal, 'state')).toEqual([[1, encodeLine(LARGEST_OFFER_ID, 1), AVAILABLE]]);
  });

  it('is one whose time does not follow the last one', () => {
    const { journal, poll } = world();
    poll([]);
    expect(() => journal.append(aPoll(1, []))).toThrow(InvalidPollError);
    expect(() => journal.append({ ...aPoll(2, []), tsMs: START_MS })).toThrow(
      /cannot follow poll 1 of 2026-11-01T00:06/,
    );
    expect(() => journal.append({ ...aPoll(2, []), tsMs: Number.NaN })).toThrow(/whole milliseconds/);
    expect(journal.append({ ...aPoll(1, []), tsMs: START_MS + INTERVAL_MS + 1 }).poll).toBe(2);
  });

  it('is one with the seventeenth type', () => {
    const { journal, poll } = world();
    for (let i = 0; i < 12; i += 1) poll([anObservation({ type: `kind ${i}` })]);
    expect(() => journal.append(aPoll(99, [anObservation({ type: 'one more' })]))).toThrow(
      /16 different types/,
    );
    expect(journal.types()).toHaveLength(16);
    expect(journal.append(aPoll(99, [anObservation({ type: 'kind 11' })])).rows).toBe(1);
  });
});

describe('a line that is not seen', () => {
  it('is missing at the first covered absence and gone at the second', () => {
    const { poll, eventsOf } = world();
    poll([anObservation()]);
    expect(poll([])).toMatchObject({ missing: 1, gone: 0, rows: 0 });
    expect(eventsOf(2)).toEqual({ state: [[LINE, MISSING]] });
    expect(poll([])).toMatchObject({ missing: 0, gone: 1 });
    expect(eventsOf(3)).toEqual({ state: [[LINE, GONE]] });
    expect(poll([])).toMatchObject({ missing: 0, gone: 0, events: 0 });
  });

  it('is gone at once with keepMisses 1, and at the third absence with 3', () => {
    const one = world({ keepMisses: 1 });
    one.poll([anObservation()]);
    expect(one.poll([])).toMatchObject({ gone: 1, events: 1 });
    const three = world({ keepMisses: 3 });
    three.poll([anObservation()]);
    expect([three.poll([]), three.poll([]), three.poll([])].map(({ gone }) => gone)).toEqual([0, 0, 1]);
  });

  it('is never gone where polls do not cover it; such polls neither count nor forgive', () => {
    const { poll, eventsOf } = world();
    poll([anObservation()]);
    for (let i = 0; i < 5; i += 1)
      expect(poll([], { covers: () => false })).toMatchObject({ missing: 1, gone: 0 });
    expect([2, 3, 4, 5, 6].map((at) => Object.keys(eventsOf(at)).length)).toEqual([1, 0, 0, 0, 0]);
    expect(poll([])).toMatchObject({ missing: 1 });
    expect(poll([], { covers: () => false })).toMatchObject({ missing: 1 });
    expect(poll([])).toMatchObject({ gone: 1 });
  });

  it('starts anew with its misses when it has been seen between', () => {
    const { poll } = world();
    for (const seen of [true, false, true, false]) poll(seen ? [anObservation()] : []);
    expect(poll([])).toMatchObject({ gone: 1 });
  });

  it('is asked for with its last known attributes', () => {
    const { poll } = world();
    const asked: unknown[] = [];
    poll([anObservation({ type: 'interruptible', dphTotal: 1 })]);
    poll([anObservation({ type: 'interruptible', dphTotal: 2 })]);
    poll([], { covers: (key) => asked.push(key) > 0 });
    expect(asked).toEqual([
      {
        offerId: 1000,
        type: 'interruptible',
        gpuName: 'RTX 4090',
        numGpus: 2,
        geolocation: 'Sweden, SE',
        dphTotal: 2,
      },
    ]);
  });

  it('does not count in the poll in which the filter changes, and counts in the next', () => {
    const { poll } = world();
    poll([anObservation()]);
    expect(poll([], { filter: 'x' })).toMatchObject({ missing: 1 });
    expect(poll([], { filter: 'x' })).toMatchObject({ missing: 1 });
    expect(poll([], { filter: 'x' })).toMatchObject({ gone: 1 });
  });

  it('seen again after MISSING writes its state and what changed', () => {
    const { poll, eventsOf } = world();
    poll([anObservation()]);
    poll([]);
    expect(poll([anObservation({ dphTotal: 9 })])).toMatchObject({ appeared: 0, events: 2 });
    expect(eventsOf(3)).toEqual({ state: [[LINE, AVAILABLE]], price: [[LINE, 9]] });
  });

  it('seen again after GONE writes everything but what its machine still says', () => {
    const { poll, eventsOf } = world({ keepMisses: 1 });
    poll([anObservation()]);
    poll([]);
    expect(poll([anObservation()]).appeared).toBe(1);
    expect(Object.keys(eventsOf(3)).sort()).toEqual([
      'attr',
      'capacity',
      'hardware',
      'price',
      'quote',
      'state',
      'terms',
    ]);
  });

  it('that throws in covers leaves everything as it was', () => {
    const { journal, poll } = world();
    poll([anObservation()]);
    const before = dumpJournal(journal);
    const covers = () => {
      throw new Error('no plan');
    };
    expect(() => journal.append(aPoll(2, [anObservation({ offerId: 4 })], { covers }))).toThrow('no plan');
    expect(dumpJournal(journal)).toEqual(before);
    expect(poll([])).toMatchObject({ poll: 2, missing: 1 });
  });
});

describe('reliability', () => {
  it('is written once a machine when all its offers agree', () => {
    const { poll, eventsOf } = world();
    const offers = (reliability: number | null) =>
      [1, 2, 3].map((offerId) => anObservation({ offerId, reliability }));
    poll(offers(0.9));
    poll(offers(0.8));
    poll(offers(null));
    expect(eventsOf(1).rel).toEqual([[77, 0.9]]);
    expect(eventsOf(2)).toEqual({ rel: [[77, 0.8]] });
    expect(eventsOf(3)).toEqual({ rel: [[77, null]] });
  });

  it('of most offers is the machine’s, the others are exceptions until they agree or are gone', () => {
    const { poll, eventsOf } = world({ keepMisses: 1 });
    const offers = (...values: number[]) =>
      values.map((reliability, i) => anObservation({ offerId: i + 1, reliability }));
    poll(offers(0.9, 0.9, 0.5));
    expect(eventsOf(1)).toMatchObject({ rel: [[77, 0.9]], rel_x: [[encodeLine(3, 1), 0.5]] });
    poll(offers(0.9, 0.9, 0.9));
    expect(eventsOf(2)).toEqual({ rel_x: [[encodeLine(3, 1), Number.NEGATIVE_INFINITY]] });
    poll(offers(0.9, 0.9, 0.4));
    poll(offers(0.9, 0.9));
    expect(eventsOf(4).rel_x).toEqual([[encodeLine(3, 1), Number.NEGATIVE_INFINITY]]);
  });

  it('stays the machine’s when as many offers leave it as stay', () => {
    const { poll, eventsOf } = world();
    const offers = (...values: number[]) =>
      values.map((reliability, i) => anObservation({ offerId: i + 1, reliability }));
    poll(offers(0.5, 0.5));
    poll(offers(0.5, 0.9));
    expect(eventsOf(2)).toEqual({ rel_x: [[encodeLine(2, 1), 0.9]] });
  });
});
