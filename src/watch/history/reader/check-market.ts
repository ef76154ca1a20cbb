// Proves a store whole: everything that it says about itself, compared with what is there.
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock, Log } from '../../../base/std/index.ts';
import { openDatabase } from '../journal/database.ts';
import { StoreError } from '../journal/errors.ts';
import { openJournal, type ReadJournal } from '../journal/open-journal.ts';
import { readStoreFile } from '../journal/store-file.ts';
import { comparePolls } from '../segments/compare-polls.ts';
import { openDuckDbSession } from '../segments/duckdb-session.ts';
import {
  type Manifest,
  type PollRange,
  ROLLUP_FOLDER,
  readManifest,
  writtenThrough,
} from '../segments/manifest.ts';
import { loadOpenPeriod } from '../segments/open-period.ts';
import { keyColumn, valueColumns } from '../segments/parquet-layout.ts';
import { sweepSpans } from '../segments/span-sweep.ts';
import { findDigestFaults, findFileSizeFaults, verifyFolder } from '../segments/verify-folder.ts';

export interface CheckMarketOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Default 256. */
  readonly memoryLimitMb?: number;
}

export interface CheckResult {
  readonly isWhole: boolean;
  /** What is wrong, a sentence each; empty for a whole store. */
  readonly findings: readonly string[];
  /** What was proven, also where something else is wrong. */
  readonly polls: number;
  readonly observations: number;
  readonly spans: number;
  readonly files: number;
  readonly segments: number;
  readonly tookMs: number;
}

interface Tally {
  readonly findings: string[];
  polls: number;
  observations: number;
  spans: number;
}

/** A seal during the check changes what there is to check; it is begun again. */
const ATTEMPTS = 3;

/** Never throws for damage: that is what it reports. Safe while a collector runs. */
export async function checkMarket(options: CheckMarketOptions): Promise<CheckResult> {
  const { clock, log, memoryLimitMb = 256 } = options;
  const dir = resolve(options.dir);
  const startedMs = clock.monotonic();
  const tally: Tally = { findings: [], polls: 0, observations: 0, spans: 0 };
  let manifest: Manifest | undefined;
  try {
    if (!readStoreFile(dir)) throw new StoreError(dir, `${dir} has no store.json, so it is no market store`);
    manifest = await checkParts({ dir, memoryLimitMb, tally });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    tally.findings.push(error.message.split('\n')[0] ?? error.message);
  }
  const ranges: readonly PollRange[] = manifest ? rangesOf(manifest) : [];
  const { findings, ...counts } = tally;
  const result: CheckResult = {
    isWhole: findings.length === 0,
    findings,
    ...counts,
    files: ranges.reduce((sum, range) => sum + range.files.length, 0) + (manifest?.rollups.length ?? 0),
    segments: manifest?.segments.length ?? 0,
    tookMs: Math.round(clock.monotonic() - startedMs),
  };
  log.debug('store checked', { dir, findings: findings.length, polls: tally.polls });
  return result;
}

interface CheckPartsOptions {
  readonly dir: string;
  readonly memoryLimitMb: number;
  readonly tally: Tally;
}

async function checkParts({ dir, memoryLimitMb, tally }: CheckPartsOptions): Promise<Manifest> {
  const damage = findJournalDamage(dir);
  tally.findings.push(...damage);
  using journal = damage.length === 0 ? openJournal(dir, { mode: 'read' }) : undefined;
  for (let attempt = 1; ; attempt += 1) {
    const manifest = readManifest(dir);
    const found: Tally = { findings: [], polls: 0, observations: 0, spans: 0 };
    using session = await openDuckDbSession({ folders: [dir], memoryLimitMb });
    const { connection } = session;
    for (const range of rangesOf(manifest)) {
      const { faults, ...counts } = await verifyFolder({ connection, dir, range });
      found.findings.push(...faults);
      // The open snapshot's polls are counted with the journal, which has them too.
      if (range !== manifest.open) count(found, counts);
    }
    const newest = journal?.lastPoll()?.poll ?? 0;
    if (journal && writtenThrough(manifest) > newest) {
      found.findings.push(
        `the Parquet files reach through poll ${writtenThrough(manifest)}, and the journal's newest poll is ${newest}`,
      );
    }
    if (journal) await checkJournal({ connection, dir, manifest, journal, tally: found });
    found.findings.push(...findRollupFaults(dir, manifest));
    const isOfNow = readManifest(dir).generation === manifest.generation;
    if (found.findings.length > 0 && !isOfNow && attempt < ATTEMPTS) continue;
    tally.findings.push(...found.findings);
    count(tally, found);
    return manifest;
  }
}

function rangesOf(manifest: Manifest): readonly PollRange[] {
  return [...manifest.segments, ...(manifest.open ? [manifest.open] : [])];
}

function count(tally: Tally, counts: Pick<Tally, 'polls' | 'observations' | 'spans'>): void {
  tally.polls += counts.polls;
  tally.observations += counts.observations;
  tally.spans += counts.spans;
}

/** SQLite's own check of every page and index. */
function findJournalDamage(dir: string): readonly string[] {
  try {
    const db = openDatabase(dir, { mode: 'read' });
    try {
      const rows = db.prepare('PRAGMA integrity_check(10)').all();
      const faults = rows.map((row) => String(row.integrity_check)).filter((line) => line !== 'ok');
      return faults.map((fault) => `journal.db is damaged: ${fault.replaceAll('\n', ' ')}`);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return [error.message];
    throw error;
  }
}

interface CheckJournalOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  readonly manifest: Manifest;
  readonly journal: ReadJournal;
  readonly tally: Tally;
}

/** Rebuilds what is not sealed from the journal alone, since the next seal will. */
async function checkJournal({
  connection,
  dir,
  manifest,
  journal,
  tally,
}: CheckJournalOptions): Promise<void> {
  const period = await loadOpenPeriod({ connection, dir, manifest, journal, base: 'sealed' });
  if (!period) {
    const sealed = manifest.segments.at(-1)?.lastPoll ?? 0;
    tally.findings.push(
      `the journal holds what follows poll ${journal.sealedThrough()}, and sealed segments end at poll ${sealed}`,
    );
    return;
  }
  const [firstPoll, lastPoll] = [period.basePoll + 1, period.lastPoll];
  const stored = journal.polls(period.basePoll, lastPoll);
  const { sums, faults, spans } = await sweepSpans({
    connection,
    spans: (facet) =>
      `SELECT ${keyColumn(facet)}, f, dur, ${valueColumns(facet)} FROM part.${facet} ORDER BY ${keyColumn(facet)}, f`,
    firstPoll,
    lastPoll,
  });
  const differences = comparePolls({ stored, computed: sums.totals(), firstPoll, lastPoll });
  tally.findings.push(...[...differences, ...faults].map((fault) => `journal.db: ${fault}`));
  const observations = stored.reduce((sum, { n }) => sum + n, 0);
  count(tally, { polls: stored.length, observations, spans });
}

function findRollupFaults(dir: string, { rollups }: Manifest): readonly string[] {
  const listed = { folder: ROLLUP_FOLDER, files: rollups.map(({ file }) => file) };
  return [...findFileSizeFaults(dir, listed), ...findDigestFaults(dir, listed)];
}
