// Goal: occupancy over spans says what the raw rows say. Method: random markets with holes, misses, returns and
// moves, against a walk over the raw rows; and hand-made cases at the limits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_MODES, type ReportOptions, type Row, runReport } from '../../../src/watch/reports/index.ts';
import {
  anOffer,
  openTestMarket,
  pollsAt,
  type RawOffer,
  randomMarket,
  START_MS,
  type TestMarket,
} from './raw-market.ts';
import { creditRows, sum } from './reference.ts';

const clock = { now: () => START_MS + 40 * 86_400_000 };
const minute = (count: number) => START_MS + count * 60_000;

async function occupancy(polls: Parameters<typeof openTestMarket>[0], options: ReportOptions = {}) {
  using market = await openTestMarket(polls);
  return await runReport(market, { mode: 'occupancy', ...options }, clock);
}

/** A share of nothing is null. */
function expectShare(actual: unknown, expected: number) {
  if (Number.isFinite(expected)) expect(actual).toBeCloseTo(expected, 9);
  else expect(actual).toBeNull();
}

const total = (rows: readonly Row[], column: string) => sum(rows.map((row) => Number(row[column])));

it.each([
  undefined,
  'gpu',
])('an offer that was another model for a while counts as that model then (by %s)', async (by) => {
  const [one, other] = [anOffer(), anOffer({ gpuName: 'RTX 3090' })];
  const polls = pollsAt(
    [0, [one]],
    [6, [other]],
    [12, [other]],
    [18, [one]],
    [24, []],
    [30, []],
    [36, [one]],
  );
  const samples = async (gpu: string) => total((await occupancy(polls, { gpu, by })).rows, 'samples');
  expect([await samples('RTX 4090'), await samples('RTX 3090')]).toEqual([3, 2]);
});

describe.each(['unknown', 'carry'] as const)('occupancy with --gaps %s', (gaps) => {
  it.each(['a', 'b', 'c'])('agrees with the raw rows, device by device (seed %s)', async (seed) => {
    const polls = randomMarket({ seed: `${gaps}-${seed}`, types: ['on-demand', 'interruptible', null] });
    const report = await occupancy(polls, { gaps });
    const untilMs = (polls.at(-1)?.tsMs ?? 0) + 360_000;
    const credited = creditRows(polls, { gaps, sinceMs: 0, untilMs, cadenceMs: 360_000 });
    const devices = Map.groupBy(credited, ({ line, offer }) =>
      JSON.stringify([line, offer.machineId, offer.gpuName]),
    );
    expect(report.rows.length).toBe(devices.size);
    for (const [key, rows] of devices) {
      const [line, machineId, gpuName] = JSON.parse(key) as [number, number, string | null];
      const type = [null, 'on-demand', 'interruptible'][line % 16];
      const row = report.rows.find(
        (candidate) =>
          candidate.offer_id === Math.floor(line / 16) &&
          candidate.type === type &&
          candidate.machine_id === machineId &&
          candidate.gpu_name === gpuName,
      );
      const hoursOf = (keep: (offer: RawOffer) => boolean) =>
        sum(rows.filter(({ offer }) => keep(offer)).map(({ hours }) => hours));
      expect(row, key).toBeDefined();
      expect(row?.samples).toBe(rows.length);
      expect(row?.total_hours).toBeCloseTo(
        hoursOf(() => true),
        9,
      );
      expect(row?.available_hours).toBeCloseTo(
        hoursOf(({ rentable }) => rentable === 1),
        9,
      );
      expect(row?.assumed_rented_hours).toBeCloseTo(
        hoursOf(({ rentable }) => rentable === 0),
        9,
      );
      expect(row?.unknown_hours).toBeCloseTo(
        hoursOf(({ rentable }) => rentable === null),
        9,
      );
      expect(row?.api_rented_hours).toBeCloseTo(
        hoursOf(({ rented }) => rented === 1),
        9,
      );
      expect(row?.unseen_hours).toBeCloseTo(sum(rows.map(({ unseenHours }) => unseenHours)), 9);
      expect(row?.api_rented_pct).toBeCloseTo(
        (100 * hoursOf(({ rented }) => rented === 1)) / hoursOf(() => true),
        9,
      );
    }
  });

  it.each(['f', 'g'])('agrees with the raw rows inside a window that cuts spans (seed %s)', async (seed) => {
    const polls = randomMarket({ seed: `${gaps}-${seed}` });
    const sinceMs = (polls[20]?.tsMs ?? 0) - 1_000;
    const untilMs = (polls[41]?.tsMs ?? 0) + 90_000;
    const report = await occupancy(polls, { gaps, since: sinceMs, until: untilMs });
    const credited = creditRows(polls, { gaps, sinceMs, untilMs, cadenceMs: 360_000 });
    expect(total(report.rows, 'total_hours')).toBeCloseTo(sum(credited.map(({ hours }) => hours)), 9);
    expect(total(report.rows, 'samples')).toBe(credited.length);
    expect(total(report.totals, 'total_hours')).toBeCloseTo(total(report.rows, 'total_hours'), 9);
  });

  // One market for all groupings: opening it takes longer than a report.
  const polls = randomMarket({ seed: `${gaps}-groups`, types: ['on-demand', 'interruptible'] });
  let market: TestMarket;
  beforeAll(async () => {
    market = await openTestMarket(polls);
  });
  afterAll(() => market[Symbol.dispose]());

  it.each([
    ['gpu', 'gpu_name', (offer: RawOffer) => offer.gpuName],
    [
      'region',
      'region',
      (offer: RawOffer) =>
        ({ 'Sweden, SE': 'SE', ', CN': 'CN', 'Texas, US': 'US', 'Norway, NO': 'NO' })[
          offer.geolocation ?? ''
        ] ?? 'unknown',
    ],
    [
      'count',
      'count_bucket',
      (offer: RawOffer) => ({ 1: '1', 2: '2', 4: '3-4', 8: '5-8', 12: '9+' })[offer.numGpus ?? 0],
    ],
    ['verified', 'verified', (offer: RawOffer) => (offer.verified === 1 ? 'verified' : 'unverified')],
    ['host', 'host_id', (offer: RawOffer) => offer.hostId],
    [
      'datacenter',
      'datacenter',
      (offer: RawOffer) => ['community', 'datacenter'][offer.hostingType ?? 2] ?? 'unknown',
    ],
    [
      'price',
      'price_band',
      (offer: RawOffer) =>
        offer.price === null ? 'unknown' : offer.price < 0.3 ? '<0.3' : offer.price < 1 ? '0.3-1' : '>=1',
    ],
    [
      'family',
      'family',
      (offer: RawOffer) =>
        ({
          'RTX 4090': 'RTX 40 series',
          'RTX 3090': 'RTX 30 series',
          'A100 SXM4': 'A100',
          'H100 SXM': 'H100',
          L40S: 'Data-center Ada',
        })[offer.gpuName ?? ''] ?? 'unknown',
    ],
  ])('groups by %s as the raw rows do', async (by, column, groupOf) => {
    const bands = by === 'price' ? { bands: '0.3,1' } : {};
    const report = await runReport(market, { gaps, by, ...bands, companion: 'skip' }, clock);
    const untilMs = (polls.at(-1)?.tsMs ?? 0) + 360_000;
    const credited = creditRows(polls, { gaps, sinceMs: 0, untilMs, cadenceMs: 360_000 });
    const groups = Map.groupBy(credited, ({ line, offer }) => JSON.stringify([line % 16, groupOf(offer)]));
    expect(report.rows.length).toBe(groups.size);
    for (const [key, rows] of groups) {
      const [code, group] = JSON.parse(key) as [number, string | number | null];
      const row = report.rows.find(
        (candidate) =>
          candidate[column] === group && candidate.type === [null, 'on-demand', 'interruptible'][code],
      );
      const weigh = (weight: (offer: RawOffer) => number, rentable: number) =>
        sum(
          rows
            .filter(({ offer }) => offer.rentable === rentable)
            .map(({ offer, hours }) => hours * weight(offer)),
        );
      const share = (weight: (offer: RawOffer) => number) =>
        (100 * weigh(weight, 0)) / (weigh(weight, 0) + weigh(weight, 1));
      expect(row?.total_hours, key).toBeCloseTo(sum(rows.map(({ hours }) => hours)), 9);
      expect(row?.unseen_hours, key).toBeCloseTo(sum(rows.map(({ unseenHours }) => unseenHours)), 9);
      expect(row?.offers).toBe(new Set(rows.map(({ line }) => line)).size);
      expect(row?.machines).toBe(new Set(rows.map(({ offer }) => offer.machineId)).size);
      expectShare(
        row?.utilization_pct,
        share(() => 1),
      );
      expectShare(
        row?.gpu_weighted_utilization_pct,
        share((offer) => offer.numGpus ?? 0),
      );
      expectShare(
        row?.gpu_frac_weighted_utilization_pct,
        share((offer) => (offer.numGpus ?? 0) * (offer.gpuFrac ?? 0)),
      );
      const seen = (rentable: number) => rows.filter(({ offer }) => offer.rentable === rentable).length;
      expectShare(row?.offer_count_utilization_pct, (100 * seen(0)) / (seen(0) + seen(1)));
    }
  });
});

describe('a hole', () => {
  const rented = anOffer({ rentable: 0 });

  it('is credited to nobody beyond 1.5 intervals by default, and told as unseen', async () => {
    const { rows, header, notes } = await occupancy(
      pollsAt([0, [rented]], [6, [rented]], [126, [rented]], [132, [rented]]),
    );
    expect(rows[0]?.assumed_rented_hours).toBeCloseTo((6 + 9 + 6 + 6) / 60, 9);
    expect(rows[0]?.unseen_hours).toBeCloseTo(111 / 60, 9);
    expect(header).toMatchObject({ holes: 1, polls: 4 });
    expect(header.holeHours).toBeCloseTo(111 / 60, 9);
    expect(notes.join(' ')).toContain('1h 51m in 1 hole');
  });

  it('of exactly 1.5 intervals is none', async () => {
    const { rows, header } = await occupancy(pollsAt([0, [rented]], [9, [rented]]));
    expect(rows[0]?.total_hours).toBeCloseTo(15 / 60, 9);
    expect(rows[0]?.unseen_hours).toBe(0);
    expect(header.holes).toBe(0);
  });

  it('is credited to the last state with --gaps carry', async () => {
    const polls = pollsAt([0, [rented]], [126, [anOffer()]]);
    const { rows } = await occupancy(polls, { gaps: 'carry' });
    expect(rows[0]?.assumed_rented_hours).toBeCloseTo(126 / 60, 9);
    expect(rows[0]?.available_hours).toBeCloseTo(6 / 60, 9);
  });
});

describe('an offer that is not seen', () => {
  const other = anOffer({ offerId: 2 });
  const seen = anOffer({ rentable: 0 });
  const polls = pollsAt(
    [0, [seen, other]],
    [6, [other]],
    [12, [other]],
    [18, [other]],
    [24, [seen, other]],
    [30, [seen, other]],
  );
  const rowOf = (rows: readonly Row[]) => rows.find((row) => row.offer_id === 1);

  it('is unseen while it is missing, and after that no time counts until it returns', async () => {
    const row = rowOf((await occupancy(polls)).rows);
    expect(row?.total_hours).toBeCloseTo((6 + 6 + 6) / 60, 9);
    expect(row?.unseen_hours).toBeCloseTo(6 / 60, 9);
  });

  it('keeps its last state until it returns with --gaps carry', async () => {
    const row = rowOf((await occupancy(polls, { gaps: 'carry' })).rows);
    expect(row?.total_hours).toBeCloseTo(36 / 60, 9);
  });

  it('gets the cadence for its last sight with --gaps carry, and no more than the window', async () => {
    const row = async (options: ReportOptions) =>
      rowOf((await occupancy(polls.slice(0, 3), { gaps: 'carry', ...options })).rows);
    expect((await row({ cadence: 120 }))?.total_hours).toBeCloseTo(2 / 60, 9);
    expect((await row({ cadence: 3600, until: minute(13) }))?.total_hours).toBeCloseTo(13 / 60, 9);
  });
});

describe('rows', () => {
  const polls = pollsAt(
    [
      0,
      [anOffer({ rentable: 0 }), anOffer({ type: 'interruptible' }), anOffer({ offerId: 3, rentable: null })],
    ],
    [6, [anOffer({ rentable: 0 }), anOffer({ type: 'interruptible' })]],
  );

  it('never add an offer on demand to the same offer as interruptible', async () => {
    const { rows, totals } = await occupancy(polls);
    expect(rows.filter((row) => row.offer_id === 1).map((row) => [row.type, row.assumed_rented_pct])).toEqual(
      [
        ['on-demand', 100],
        ['interruptible', 0],
      ],
    );
    expect(totals.map((row) => row.type)).toEqual(['interruptible', 'on-demand']);
    expect((await occupancy(polls, { by: 'type', sort: '+type' })).rows.map((row) => row.type)).toEqual([
      'interruptible',
      'on-demand',
    ]);
  });

  it('with too few samples are left out, and that is said', async () => {
    const { rows, notes } = await occupancy(polls, { minSamples: 2 });
    expect(rows.map((row) => row.offer_id)).toEqual([1, 1]);
    expect(notes.join(' ')).toContain('1 rows have fewer than 2');
    expect((await occupancy(polls, { minSamples: 1 })).rows.length).toBe(3);
  });

  it('come in the order that is asked for, up to the limit, while totals are of all', async () => {
    const { rows, rowCount, totals } = await occupancy(polls, { sort: '+samples', limit: 1, type: 'any' });
    expect(rows.map((row) => row.offer_id)).toEqual([3]);
    expect(rowCount).toBe(3);
    expect(total(totals, 'samples')).toBe(5);
  });

  it('have exactly the columns that the report names, in their order', async () => {
    using market = await openTestMarket(randomMarket({ seed: 'columns' }));
    const grouped = ['latest', 'ttr', 'occupancy'].map((mode) => ({ mode, by: 'gpu,count' }));
    for (const options of [...REPORT_MODES.map((mode) => ({ mode })), ...grouped]) {
      const report = await runReport(market, { ...options, companion: 'skip' }, clock);
      expect(report.rows.length, JSON.stringify(options)).toBeGreaterThan(0);
      expect(Object.keys(report.rows[0] ?? {})).toEqual(report.columns.map(({ name }) => name));
    }
  });

  it('come alone when the companion is not asked for, except in both', async () => {
    expect((await occupancy(polls, { companion: 'skip' })).also).toEqual([]);
    expect((await occupancy(polls)).also).toHaveLength(1);
    expect((await occupancy(polls, { mode: 'both', companion: 'skip' })).also).toHaveLength(1);
  });
});
