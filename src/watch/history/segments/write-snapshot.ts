// The open period as Parquet, rewritten every ten minutes while a collector runs, so that readers take only a few
// polls from the journal and other programs see a store that is at most that old.
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock, Log } from '../../../base/std/index.ts';
import type { JournalReader } from '../journal/journal-reader.ts';
import { openDuckDbSession } from './duckdb-session.ts';
import { inTurn } from './in-turn.ts';
import { type Manifest, readManifest, type Snapshot, sealedThrough, writtenThrough } from './manifest.ts';
import { loadOpenPeriod, type OpenPeriod } from './open-period.ts';
import { OPEN_LEVEL } from './parquet-layout.ts';
import { periodFacts } from './period-facts.ts';
import { advanceManifest } from './retire-files.ts';
import { fillFolder, writePeriod } from './write-parquet.ts';

/** What a month of 10,000 offers needs without spilling; the process takes as much again outside of it. */
export const WRITER_MEMORY_MB = 160;

export const SNAPSHOT_STEPS = ['snapshot:written', 'snapshot:named'] as const;
export type SnapshotStep = (typeof SNAPSHOT_STEPS)[number];

export interface WriteSnapshotOptions {
  readonly dir: string;
  readonly journal: JournalReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each step; a test that throws from it sees what a crash there leaves. */
  readonly onStep?: (step: SnapshotStep) => void;
}

/** Writes all polls that are not sealed; returns undefined when the snapshot has them all already. */
export function writeSnapshot(options: WriteSnapshotOptions): Promise<Snapshot | undefined> {
  return inTurn(options.dir, () => writeNow(options));
}

async function writeNow(options: WriteSnapshotOptions): Promise<Snapshot | undefined> {
  const { dir, journal, clock, log } = options;
  const manifest = readManifest(dir);
  if ((journal.lastPoll()?.poll ?? 0) <= writtenThrough(manifest)) return undefined;
  const startedMs = clock.monotonic();
  using session = await openDuckDbSession({ folders: [dir], memoryLimitMb: WRITER_MEMORY_MB, threads: 1 });
  const { connection } = session;
  const period = await loadOpenPeriod({ connection, dir, manifest, journal, base: 'snapshot' });
  if (!period)
    throw new Error(`The journal of ${dir} was sealed by somebody else while this process holds its lock`);
  const open = await writeOpenFolder({ connection, dir, manifest, period, nowMs: clock.now() });
  options.onStep?.('snapshot:written');
  advanceManifest({ dir, clock, current: manifest, next: { open } });
  options.onStep?.('snapshot:named');
  log.debug('snapshot written', { poll: open.lastPoll, tookMs: Math.round(clock.monotonic() - startedMs) });
  return open;
}

export interface WriteOpenFolderOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  readonly manifest: Manifest;
  readonly period: OpenPeriod;
  readonly nowMs: number;
}

/** Writes and flushes `open/<first>-<last poll>`, which becomes part of the store when a manifest names it. */
export async function writeOpenFolder(options: WriteOpenFolderOptions): Promise<Snapshot> {
  const { connection, dir, manifest, period, nowMs } = options;
  const firstPoll = sealedThrough(manifest) + 1;
  const name = `open/${firstPoll}-${period.lastPoll}`;
  const folder = join(dir, name);
  const files = await fillFolder(folder, () =>
    writePeriod({ connection, dir, folder, period, level: OPEN_LEVEL, ends: 'split' }),
  );
  const facts = await periodFacts(connection, join(folder, 'polls.parquet'));
  return {
    folder: name,
    firstPoll,
    lastPoll: period.lastPoll,
    ...facts,
    files,
    writtenAtMs: nowMs,
  };
}
