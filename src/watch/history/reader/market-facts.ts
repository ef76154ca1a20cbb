// What `market status` says about a store: how fresh, how complete, how big, and what comes next.
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { kill, pid } from 'node:process';
import { type Clock, DAY_MS, formatIso } from '../../../base/std/index.ts';
import type { StoreHolder } from '../journal/errors.ts';
import type { FieldRow } from '../journal/journal-reader.ts';
import { readHolder } from '../journal/lock.ts';
import { openJournal } from '../journal/open-journal.ts';
import type { Origin } from '../observation.ts';
import { SEAL_PERIOD_MS } from '../segments/maintain.ts';
import { readManifest, sealedThrough } from '../segments/manifest.ts';
import { type DiskUse, diskUse } from './disk-use.ts';
import type { MarketReader } from './open-reader.ts';

/** A hole between polls: longer than one and a half intervals. */
export interface PollGap {
  readonly from: string;
  readonly to: string;
  readonly ms: number;
  readonly afterPoll: number;
}

/** How often a search answered in full, over the day before the newest poll. */
export interface SliceCoverage {
  readonly type: string;
  readonly search: string;
  readonly predicate: string;
  readonly slices: number;
  readonly complete: number;
  /** Why not, with how often; most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

export interface MarketFacts {
  readonly dir: string;
  readonly origin: Origin;
  readonly isSimulated: boolean;
  readonly createdAt: string;
  /** Undefined before the first poll. */
  readonly newest: (PollSummary & { readonly ageMs: number }) | undefined;
  readonly first: PollSummary | undefined;
  readonly polls: number;
  /** Since 00:00 UTC. */
  readonly pollsToday: number;
  readonly observations: number;
  /** All holes, oldest first; the time since the newest poll is one when it is longer than 1.5 intervals. */
  readonly gaps: readonly PollGap[];
  readonly coverage: readonly SliceCoverage[];
  /** Searches and bytes received over the day before the newest poll, extended to a day where there is less. */
  readonly requestsPerDay: number;
  readonly gbPerDay: number;
  readonly bytes: DiskUse;
  /** Undefined for a store of less than an hour. */
  readonly growthBytesPerDay: number | undefined;
  readonly bytesPerObservation: number | undefined;
  /** Sealed segments and the poll through which they reach. */
  readonly segments: number;
  readonly sealedThrough: number;
  /** ISO 8601; when the open period is a month long. */
  readonly nextSealAt: string | undefined;
  readonly fields: { readonly new: readonly FieldRow[]; readonly vanished: readonly FieldRow[] };
  /** Who is writing now; undefined when nobody is. */
  readonly holder: StoreHolder | undefined;
}

export interface PollSummary {
  readonly poll: number;
  readonly ts: string;
  readonly tsMs: number;
  readonly offers: number;
  readonly complete: boolean;
  readonly intervalMs: number;
  readonly filter: string;
}

export interface MarketFactsOptions {
  readonly reader: MarketReader;
  readonly clock: Clock;
}

/** Throws CorruptStoreError, NewerStoreError. */
export async function marketFacts({ reader, clock }: MarketFactsOptions): Promise<MarketFacts> {
  const newest = await findPoll(reader, 'ORDER BY poll DESC');
  const first = await findPoll(reader, 'ORDER BY poll');
  const nowMs = clock.now();
  const manifest = readManifest(reader.dir);
  const sums = await only(reader, 'SELECT count(*) AS polls, coalesce(sum(n), 0) AS observations FROM polls');
  const today = { midnight: Math.floor(nowMs / DAY_MS) * DAY_MS };
  const todays = await only(reader, 'SELECT count(*) AS polls FROM polls WHERE ts_ms >= $midnight', today);
  const bytes = diskUse(reader.dir);
  const observations = Number(sums.observations);
  const spanMs = newest && first ? newest.tsMs + newest.intervalMs - first.tsMs : 0;
  return {
    dir: reader.dir,
    origin: reader.origin,
    isSimulated: reader.origin.kind === 'simulated',
    createdAt: reader.createdAt,
    newest: newest && { ...newest, ageMs: nowMs - newest.tsMs },
    first,
    polls: Number(sums.polls),
    pollsToday: Number(todays.polls),
    observations,
    gaps: await listGaps(reader, newest, nowMs),
    coverage: newest ? await listCoverage(reader, newest.tsMs) : [],
    ...(await dailyTraffic(reader, newest)),
    bytes,
    growthBytesPerDay: spanMs >= 3_600_000 ? Math.round((bytes.total / spanMs) * DAY_MS) : undefined,
    bytesPerObservation: observations > 0 ? bytes.total / observations : undefined,
    segments: manifest.segments.length,
    sealedThrough: sealedThrough(manifest),
    nextSealAt: await nextSealAt(reader, sealedThrough(manifest)),
    fields: readFields(reader.dir),
    holder: findHolder(reader.dir),
  };
}

async function findPoll(reader: MarketReader, order: string): Promise<PollSummary | undefined> {
  const [row] = await reader.rows(
    `SELECT poll, ts, ts_ms, n, complete, interval_ms, filter FROM polls ${order} LIMIT 1`,
  );
  return (
    row && {
      poll: Number(row.poll),
      ts: String(row.ts),
      tsMs: Number(row.ts_ms),
      offers: Number(row.n),
      complete: row.complete === true,
      intervalMs: Number(row.interval_ms),
      filter: String(row.filter),
    }
  );
}

async function only(
  reader: MarketReader,
  sql: string,
  params?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const [row] = await reader.rows(sql, params);
  return row ?? {};
}

async function listGaps(
  reader: MarketReader,
  newest: PollSummary | undefined,
  nowMs: number,
): Promise<PollGap[]> {
  const rows = await reader.rows(
    'SELECT poll, ts_ms, next_ms FROM polls WHERE 2 * (next_ms - ts_ms) > 3 * interval_ms ORDER BY poll',
  );
  const gaps = rows.map((row) => ({
    poll: Number(row.poll),
    fromMs: Number(row.ts_ms),
    toMs: Number(row.next_ms),
  }));
  if (newest && 2 * (nowMs - newest.tsMs) > 3 * newest.intervalMs) {
    gaps.push({ poll: newest.poll, fromMs: newest.tsMs, toMs: nowMs });
  }
  return gaps.map(({ poll, fromMs, toMs }) => ({
    from: formatIso(fromMs),
    to: formatIso(toMs),
    ms: toMs - fromMs,
    afterPoll: poll,
  }));
}

async function listCoverage(reader: MarketReader, newestTsMs: number): Promise<SliceCoverage[]> {
  const rows = await reader.rows(
    `SELECT type, search, predicate, complete, reason, count(*) AS count
     FROM slices WHERE poll IN (SELECT poll FROM polls WHERE ts_ms > $since)
     GROUP BY ALL ORDER BY type, search, predicate, count DESC, reason`,
    { since: newestTsMs - DAY_MS },
  );
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.type, row.search, row.predicate]));
  return [...groups.values()].map((group) => {
    const [row] = group;
    const count = (entries: readonly Record<string, unknown>[]) =>
      entries.reduce((sum, entry) => sum + Number(entry.count), 0);
    const incomplete = group.filter((entry) => entry.complete !== true);
    return {
      type: String(row?.type),
      search: String(row?.search),
      predicate: String(row?.predicate),
      slices: count(group),
      complete: count(group) - count(incomplete),
      reasons: incomplete.map((entry) => ({ reason: String(entry.reason), count: Number(entry.count) })),
    };
  });
}

async function dailyTraffic(
  reader: MarketReader,
  newest: PollSummary | undefined,
): Promise<Pick<MarketFacts, 'requestsPerDay' | 'gbPerDay'>> {
  if (!newest) return { requestsPerDay: 0, gbPerDay: 0 };
  const since = newest.tsMs + newest.intervalMs - DAY_MS;
  const row = await only(
    reader,
    `SELECT count(*) AS requests, coalesce(sum(bytes), 0) AS bytes,
       (SELECT min(ts_ms) FROM polls WHERE ts_ms >= $since) AS first_ms
     FROM slices WHERE poll IN (SELECT poll FROM polls WHERE ts_ms >= $since)`,
    { since },
  );
  const days = (newest.tsMs + newest.intervalMs - Number(row.first_ms)) / DAY_MS;
  return {
    requestsPerDay: Math.round(Number(row.requests) / days),
    gbPerDay: Number(row.bytes) / days / 1e9,
  };
}

async function nextSealAt(reader: MarketReader, sealed: number): Promise<string | undefined> {
  const row = await only(reader, 'SELECT min(ts_ms) AS ts_ms FROM polls WHERE poll > $sealed', { sealed });
  return typeof row.ts_ms === 'number' ? formatIso(row.ts_ms + SEAL_PERIOD_MS) : undefined;
}

/** Fields that came after the first poll, and those that the API has ceased to send. */
function readFields(dir: string): MarketFacts['fields'] {
  using journal = openJournal(dir, { mode: 'read' });
  const fields = journal.fields();
  const begin = fields.reduce((least, { firstPoll }) => Math.min(least, firstPoll), Number.POSITIVE_INFINITY);
  return {
    new: fields.filter(({ firstPoll, lastPoll }) => firstPoll > begin && lastPoll === null),
    vanished: fields.filter(({ lastPoll }) => lastPoll !== null),
  };
}

/**
 * The process that writes to the store. The lock itself is not tried: taking it, if only for a moment, would turn
 * away a collector that starts, and in the collector's own process it would give the lock up.
 */
export function findHolder(dir: string): StoreHolder | undefined {
  const holder = readHolder(resolve(dir));
  if (!holder || holder.pid === pid || holder.host !== hostname()) return holder;
  try {
    kill(holder.pid, 0);
    return holder;
  } catch (error) {
    // EPERM: it runs, as another user. Else it was killed and its file is all that is left.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? holder : undefined;
  }
}
