// Goal: over a real store, with its journal, snapshot and sealed segments, every report says what it says over
// the reference views of the same raw rows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SteppedClock, silentLog } from '../../../src/base/std/index.ts';
import {
  type Observation,
  openMarketReader,
  openMarketWriter,
  type PollInput,
} from '../../../src/watch/history/index.ts';
import { runRecipe, runSql } from '../../../src/watch/queries/index.ts';
import {
  GAP_RULES,
  REPORT_MODES,
  type ReportOptions,
  reportNeeds,
  runReport,
} from '../../../src/watch/reports/index.ts';
import { openTestMarket, type RawOffer, type RawPoll, randomMarket, START_MS } from './raw-market.ts';

const clock = new SteppedClock(START_MS);

function observationOf(offer: RawOffer): Observation {
  const { price, ...same } = offer;
  const rest = {
    reliability: 0.99,
    availability: null,
    gpuIds: null,
    bundleId: null,
    dphBase: null,
    minBid: null,
    reservedPrice: null,
    storageCost: null,
    inetUpCost: null,
    inetDownCost: null,
    diskSpaceGb: null,
    cpuName: null,
    cpuCores: null,
    cpuRamMb: null,
    dlperf: null,
    totalFlops: null,
    cudaMax: null,
    computeCap: null,
    driver: null,
    staticIp: null,
    directPortCount: null,
    endDate: null,
  };
  return { ...same, ...rest, dphTotal: price };
}

function pollInputOf(poll: RawPoll): PollInput {
  const slice = {
    type: 'on-demand',
    search: 'any',
    predicate: '',
    startedAtMs: poll.tsMs,
    finishedAtMs: poll.tsMs,
    bytes: 0,
    complete: true,
    reason: '',
  } as const;
  return {
    ...poll,
    slices: [{ ...slice, rows: poll.offers.length }],
    observations: poll.offers.map(observationOf),
    duplicates: 0,
    covers: () => true,
  };
}

/** A store with a sealed segment, an open snapshot and a tail in the journal. */
async function openStore(polls: readonly RawPoll[]) {
  const root = mkdtempSync(join(tmpdir(), 'vastdeck-reports-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'test.market');
  await using writer = await openMarketWriter({
    dir,
    origin: { kind: 'replay', name: 'test' },
    holder: 'a test',
    clock,
    log: silentLog,
  });
  for (const [at, poll] of polls.entries()) {
    writer.append(pollInputOf(poll));
    if (at === 20) await writer.seal({ throughPoll: 18 });
    if (at === 35) await writer.snapshot();
  }
  const reader = await openMarketReader({ dir, clock, log: silentLog });
  onTestFinished(() => reader.close());
  return reader;
}

const sorted = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) =>
        typeof value === 'number' ? Number(value.toPrecision(12)) : value,
      ),
    )
    .sort((a, b) => a.localeCompare(b));

describe('over a real store', () => {
  const polls = randomMarket({ seed: 'store', types: ['on-demand', 'interruptible'] });

  it('every report says what the reference views say', async () => {
    using market = await openTestMarket(polls);
    const reader = await openStore(polls);
    const grouped = [
      { by: 'gpu,region,verified' },
      { by: 'vram,host' },
      { by: 'price,datacenter', bands: '0.2,1' },
    ];
    const window = { since: (polls[12]?.tsMs ?? 0) + 1, until: (polls[44]?.tsMs ?? 0) + 60_000 };
    const all: ReportOptions[] = [
      ...REPORT_MODES.map((mode) => ({ mode })),
      ...REPORT_MODES.slice(2).map((mode) => ({ mode, ...window })),
      ...GAP_RULES.map((gaps, at) => ({ ...window, gaps, ...grouped[at] })),
      { ...grouped[2], type: 'bid', state: 'rented' },
    ];
    for (const each of all) {
      const options: ReportOptions = { ...each, companion: 'skip' };
      const [actual, expected] = [
        await runReport(reader, options, clock),
        await runReport(market, options, clock),
      ];
      expect(sorted(actual.rows), JSON.stringify(options)).toEqual(sorted(expected.rows));
      expect(actual.rows.length).toBeGreaterThan(0);
      expect(actual.header).toEqual(expected.header);
    }
    expect((await reportNeeds(reader)).find(({ report }) => report === 'occupancy')?.ready).toBe(true);
  });

  it('a report does not depend on which windows were reported before it', async () => {
    const [used, fresh] = [await openStore(polls), await openStore(polls)];
    const narrow = { since: polls[20]?.tsMs ?? 0, until: polls[30]?.tsMs ?? 0 };
    for (const mode of REPORT_MODES) {
      await runReport(used, { mode, ...narrow }, clock);
      const [after, first] = [
        await runReport(used, { mode }, clock),
        await runReport(fresh, { mode }, clock),
      ];
      expect(after, mode).toEqual(first);
    }
  });

  it('reports asked for at the same time are those asked for one by one', async () => {
    const [together, alone] = [await openStore(polls), await openStore(polls)];
    const reports = await Promise.all(REPORT_MODES.map((mode) => runReport(together, { mode }, clock)));
    for (const [at, mode] of REPORT_MODES.entries())
      expect(reports[at], mode).toEqual(await runReport(alone, { mode }, clock));
  });

  it('offers_newest is offers_raw of the newest poll', async () => {
    const { connection } = await openStore(polls);
    const last = polls.findLast((poll) => poll.offers.length > 0)?.tsMs ?? 0;
    const rows = (from: string) =>
      runSql(connection, `SELECT * FROM ${from} ORDER BY ALL`).then((answer) => answer.rows);
    const iso = new Date(last).toISOString().replace('.000Z', 'Z');
    expect(await rows('offers_newest')).toEqual(await rows(`offers_raw WHERE ts = '${iso}'`));
  });

  it('recipes and SQL read the views', async () => {
    using market = await openTestMarket(polls);
    const { connection } = await openStore(polls);
    for (const recipe of ['daily', 'time-to-rent', 'whole-gpu'] as const) {
      expect(sorted((await runRecipe(connection, recipe)).rows)).toEqual(
        sorted((await runRecipe(market.connection, recipe)).rows),
      );
    }
    const text = 'SELECT count(*) AS n FROM offers_at((SELECT max(poll) FROM polls))';
    expect((await runSql(connection, text)).rows).toEqual([{ n: polls.at(-1)?.offers.length }]);
  });
});
