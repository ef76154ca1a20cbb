// Options that cannot be used are refused with what could be; windows, headers and empty answers explain themselves.
import { describe, expect, it } from 'vitest';
import {
  dataBatches,
  dataColumns,
  GROUPINGS,
  ReportOptionError,
  type ReportOptions,
  reportNeeds,
  runReport,
} from '../../../src/watch/reports/index.ts';
import { anOffer, openTestMarket, pollsAt, type RawPoll, START_MS } from './raw-market.ts';

const clock = { now: () => START_MS + 3_600_000 };
const polls = pollsAt(
  [0, [anOffer({ rentable: 0 })]],
  [6, [anOffer(), anOffer({ offerId: 2, gpuName: 'RTX_3090', type: 'interruptible' })]],
);

async function run(
  options: ReportOptions,
  from: readonly RawPoll[] = polls,
  origin?: Parameters<typeof openTestMarket>[1],
) {
  using market = await openTestMarket(from, origin);
  return await runReport(market, options, clock);
}

describe('an option that cannot be used', () => {
  it.each([
    [{ mode: 'monthly' }, 'occupancy, latest, both, ttr, prices, daily, whole-gpu'],
    [{ by: 'gpu,colour' }, `"colour"; it takes ${GROUPINGS.join(', ')}`],
    [{ by: ' ' }, '--by needs a grouping'],
    [{ since: 'last tuesday' }, '--since "last tuesday" is not a time; write it like 7d'],
    [{ until: '25:99' }, '--until "25:99" is not a time'],
    [{ since: '1d', until: '2d' }, '--until 2d is not after --since 1d'],
    [{ state: 'busy' }, '--state does not know "busy"; it takes rentable, rented'],
    [{ gaps: 'fill' }, 'unknown, carry'],
    [{ limit: 0 }, '--limit 0 is not a whole number of 1 or more'],
    [{ limit: '1.5' }, '--limit 1.5'],
    [{ minSamples: 'few' }, '--min-samples few'],
    [{ cadence: -1 }, '--cadence -1'],
    [{ bands: '0.2,0.5' }, '--by price'],
    [{ by: 'price', bands: '0.5,0.2' }, 'rising list'],
    [{ by: 'price', bands: 'cheap' }, 'for example 0.2,0.5,1,2'],
    [{ sort: 'size;' }, 'is not a column'],
    [{ sort: 'size' }, 'this report has offer_id, machine_id'],
    [{ type: 'spot' }, 'the store has on-demand, interruptible'],
    [{ gpu: 'RTX 3091' }, 'never seen a GPU named "RTX 3091"; did you mean'],
  ] as const)('%j is refused in one sentence', async (options, sentence) => {
    const error = await run(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReportOptionError);
    expect((error as Error).message).toContain(sentence);
    expect((error as Error).message).not.toContain('reserved');
  });
});

describe('filters', () => {
  it.each([
    'RTX 3090',
    'rtx-3090',
    'RTX3090',
    'RTX_3090',
  ])('find the GPU however it is spelt: %s', async (gpu) => {
    const { rows } = await run({ gpu });
    expect(rows.map((row) => row.offer_id)).toEqual([2]);
  });

  it('take bid for interruptible, and any for all', async () => {
    expect((await run({ type: 'bid' })).rows.map((row) => row.type)).toEqual(['interruptible']);
    expect((await run({ type: 'any' })).rows.length).toBe(2);
  });
});

describe('a report', () => {
  it('says SIMULATED in title, warning and every row of a simulated market', async () => {
    const report = await run({ mode: 'latest' }, polls, { kind: 'simulated', seed: '7' });
    expect(report.title).toMatch(/^SIMULATED/);
    expect(report.header).toMatchObject({ simulated: true, origin: 'simulated, seed 7' });
    expect(report.warnings[0]).toContain('SIMULATED');
    expect(report.rows.every((row) => row.simulated === true)).toBe(true);
    expect(report.columns.at(-1)).toMatchObject({ name: 'simulated', dataOnly: true });
  });

  it('of another market does not', async () => {
    const report = await run({ mode: 'latest' }, polls, { kind: 'live', url: 'https://example.invalid' });
    expect(JSON.stringify(report)).not.toMatch(/simulated":true|SIMULATED/);
  });

  it.each([
    'occupancy',
    'latest',
    'ttr',
    'prices',
    'daily',
    'whole-gpu',
    'both',
  ])('of mode %s warns of what it takes for rented', async (mode) => {
    const report = await run({ mode });
    for (const part of [report, ...report.also]) expect(part.warnings.join(' ')).toContain('rentable=false');
    expect((await run({ mode, state: 'rented' })).warnings.join(' ')).toContain('account that searched');
  });

  it('ends with the line that gives it again', async () => {
    const first = await run({
      mode: 'prices',
      by: ['gpu', 'price'],
      bands: '0.1, 0.3',
      gpu: 'RTX 3090,RTX 4090',
      since: '2h',
    });
    expect(first.reproduce).toBe(
      "vastdeck market report --mode prices --since 2025-12-31T23:00:00Z --until 2026-01-01T00:12:00Z --by gpu,price --gpu 'RTX 3090,RTX 4090' --state rentable --gaps unknown --bands 0.1,0.3",
    );
  });

  it.each([
    'occupancy',
    'daily',
  ])('of mode %s gives the same rows one batch after the other', async (mode) => {
    const report = await run({ mode });
    expect(report.rows.length).toBeGreaterThan(0);
    expect([...dataBatches(report)].flat()).toEqual(report.rows);
    // Rows that somebody has put in their place are the report's rows.
    expect([...dataBatches({ ...report, rows: [] })].flat()).toEqual([]);
  });

  it('shows the latest snapshot under occupancy, and tells both apart in data', async () => {
    expect((await run({})).also.map((part) => part.header.mode)).toEqual(['latest']);
    const both = await run({ mode: 'both' });
    const rows = [...dataBatches(both)].flat();
    expect(rows.map((row) => row.report)).toEqual(['occupancy', 'occupancy', 'latest', 'latest']);
    const names = dataColumns(both).map((column) => column.name);
    expect(new Set(names).size).toBe(names.length);
    expect(rows.every((row) => Object.keys(row).every((name) => names.includes(name)))).toBe(true);
  });

  it('warns when its newest poll is not whole', async () => {
    const cut = [...polls, ...pollsAt([12, [anOffer()], false])];
    expect((await run({ mode: 'latest' }, cut)).warnings.join(' ')).toContain(
      '2026-01-01T00:12:00Z is not complete',
    );
    expect(
      (await run({ mode: 'latest', until: START_MS + 6 * 60_000 }, cut)).warnings.join(' '),
    ).not.toContain('not complete');
  });

  it('orders memory and count buckets by size, not by letter', async () => {
    const offers = [6, 11, 24, 80, 141].flatMap((gb, at) =>
      anOffer({ offerId: at + 1, gpuRamMb: gb * 1024 - 12, numGpus: [1, 2, 4, 8, 10][at] ?? 1 }),
    );
    const market = pollsAt([0, offers]);
    expect((await run({ by: 'vram' }, market)).rows.map((row) => row.vram_bucket)).toEqual([
      '<=8',
      '12',
      '24',
      '80',
      '141+',
    ]);
    expect((await run({ mode: 'latest', by: 'count' }, market)).rows.map((row) => row.count_bucket)).toEqual([
      '1',
      '2',
      '3-4',
      '5-8',
      '9+',
    ]);
  });

  it('cuts prices into deciles unless bands are given', async () => {
    const offers = Array.from({ length: 100 }, (_, at) => anOffer({ offerId: at, price: (at + 1) / 100 }));
    const { rows } = await run({ mode: 'occupancy', by: 'price' }, pollsAt([0, offers]));
    expect(rows.map((row) => row.offers)).toEqual(Array.from({ length: 10 }, () => 10));
    expect(rows[0]?.price_band).toBe('<0.109');
  });
});

describe('an empty answer', () => {
  it('of an empty store says how to fill it', async () => {
    const report = await run({}, []);
    expect(report.rows).toEqual([]);
    expect(report.notes.join(' ')).toContain('vastdeck market collect');
  });

  it('of an empty window names the polls that there are', async () => {
    const report = await run({ since: '2026-02-01', until: '2026-02-02' });
    expect(report.notes.join(' ')).toContain(
      "the store's polls run from 2026-01-01T00:00:00Z to 2026-01-01T00:06:00Z",
    );
  });

  it('of a filter that nothing passes says which', async () => {
    const report = await run({ mode: 'latest', type: 'reserved' });
    expect(report.notes.join(' ')).toContain(
      'No offer that --type reserved lets through was seen in 2 polls',
    );
  });
});

describe('what reports lack', () => {
  const sentences = async (from: readonly RawPoll[]) => {
    using market = await openTestMarket(from);
    return (await reportNeeds(market)).map(({ sentence }) => sentence);
  };

  it('is counted in polls, with the time when they will be there', async () => {
    expect(await sentences(polls.slice(0, 1))).toEqual([
      'latest: ready',
      'prices: ready',
      'whole-gpu: ready',
      'ttr: 1 more poll, 00:06',
      'occupancy: 3 more polls, 00:18',
      'daily: the first whole day, 2026-01-02 00:00',
    ]);
  });

  it('is all polls in an empty store, and nothing after a day', async () => {
    expect((await sentences([]))[0]).toBe('latest: 1 more poll');
    const day = pollsAt(...[0, 6, 12, 1440].map((minute) => [minute, [anOffer()]] as const));
    expect((await sentences(day)).every((sentence) => sentence.endsWith(': ready'))).toBe(true);
  });
});
