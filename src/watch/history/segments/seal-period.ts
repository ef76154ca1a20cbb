// Moves polls from the journal into a sealed segment. Nothing is deleted before the segment has been read back
// and has given every poll's hash again; a crash at any step leaves either the old state or the new one.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock, Log } from '../../../base/std/index.ts';
import { StoreError } from '../journal/errors.ts';
import type { Journal } from '../journal/open-journal.ts';
import { openDuckDbSession } from './duckdb-session.ts';
import { inTurn } from './in-turn.ts';
import { type Manifest, readManifest, type Segment, type Snapshot, sealedThrough } from './manifest.ts';
import { loadOpenPeriod } from './open-period.ts';
import { SEALED_LEVEL } from './parquet-layout.ts';
import { periodFacts } from './period-facts.ts';
import { advanceManifest } from './retire-files.ts';
import { verifyFolder } from './verify-folder.ts';
import { fillFolder, writePeriod } from './write-parquet.ts';
import { WRITER_MEMORY_MB, writeOpenFolder } from './write-snapshot.ts';

export const SEAL_STEPS = [
  'segment:written',
  'segment:verified',
  'rest:written',
  'manifest:replaced',
  'journal:dropped',
] as const;
export type SealStep = (typeof SEAL_STEPS)[number];

export interface SealPeriodOptions {
  readonly dir: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** The last poll to seal; default: the newest. */
  readonly throughPoll?: number;
  /** Called after each step; a test that throws from it sees what a crash there leaves. */
  readonly onStep?: (step: SealStep) => void;
}

export type SealResult =
  | { readonly kind: 'sealed'; readonly segment: Segment; readonly tookMs: number }
  | { readonly kind: 'nothing-to-seal' };

/** What was written did not give back what the journal holds. Nothing was deleted, the journal is whole. */
export class SealMismatchError extends StoreError {
  override name = 'SealMismatchError';
  readonly faults: readonly string[];

  constructor(dir: string, faults: readonly string[]) {
    super(
      dir,
      `Sealing ${dir} was given up: what was written does not prove equal to the journal (${faults[0]}); ` +
        'nothing was deleted. Run `vastdeck market check` on it and report what it says',
    );
    this.faults = faults;
  }
}

/** Seals every poll that is not sealed yet, through `throughPoll`. The caller holds the store's lock. */
export function sealPeriod(options: SealPeriodOptions): Promise<SealResult> {
  return inTurn(options.dir, () => sealNow(options));
}

async function sealNow(options: SealPeriodOptions): Promise<SealResult> {
  const { dir, journal, clock, log, onStep = () => {} } = options;
  const manifest = readManifest(dir);
  const newest = journal.lastPoll()?.poll ?? 0;
  const firstPoll = sealedThrough(manifest) + 1;
  const lastPoll = Math.min(options.throughPoll ?? newest, newest);
  if (lastPoll < firstPoll) return { kind: 'nothing-to-seal' };
  const startedMs = clock.monotonic();
  using session = await openDuckDbSession({ folders: [dir], memoryLimitMb: WRITER_MEMORY_MB, threads: 1 });
  const { connection } = session;

  const segment = await writeSegment({
    connection,
    dir,
    manifest,
    journal,
    firstPoll,
    lastPoll,
    nowMs: clock.now(),
  });
  onStep('segment:written');
  const { faults } = await verifyFolder({ connection, dir, range: segment });
  if (faults.length > 0) {
    rmSync(join(dir, segment.folder), { recursive: true, force: true });
    throw new SealMismatchError(dir, faults);
  }
  onStep('segment:verified');
  const segments = [...manifest.segments, segment];
  const open = await writeRest({
    connection,
    dir,
    manifest: { ...manifest, segments, open: null },
    journal,
    clock,
  });
  onStep('rest:written');
  advanceManifest({ dir, clock, current: manifest, next: { segments, open } });
  onStep('manifest:replaced');
  journal.dropThrough(lastPoll);
  onStep('journal:dropped');
  const tookMs = Math.round(clock.monotonic() - startedMs);
  const bytes = segment.files.reduce((sum, file) => sum + file.bytes, 0);
  log.info('segment sealed', { firstPoll, lastPoll, observations: segment.observations, bytes, tookMs });
  return { kind: 'sealed', segment, tookMs };
}

interface WriteSegmentOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  readonly manifest: Manifest;
  readonly journal: Journal;
  readonly firstPoll: number;
  readonly lastPoll: number;
  readonly nowMs: number;
}

async function writeSegment(options: WriteSegmentOptions): Promise<Segment> {
  const { connection, dir, manifest, journal, firstPoll, lastPoll, nowMs } = options;
  const period = await loadOpenPeriod({
    connection,
    dir,
    manifest,
    journal,
    base: 'sealed',
    throughPoll: lastPoll,
    reading: 'once',
  });
  if (!period) throw sealedByAnother(dir);
  const name = `segments/${firstPoll}-${lastPoll}`;
  const folder = join(dir, name);
  const files = await fillFolder(folder, () =>
    writePeriod({ connection, dir, folder, period, level: SEALED_LEVEL, ends: 'joined' }),
  );
  // Room for the proof.
  await connection.run('DROP SCHEMA part CASCADE; DROP SCHEMA staged CASCADE');
  const facts = await periodFacts(connection, join(folder, 'polls.parquet'));
  return { folder: name, firstPoll, lastPoll, ...facts, files, sealedAtMs: nowMs };
}

interface WriteRestOptions {
  readonly connection: DuckDBConnection;
  readonly dir: string;
  /** As it will be, without an open snapshot. */
  readonly manifest: Manifest;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Polls behind the segment stay visible to programs that read Parquet alone. */
async function writeRest(options: WriteRestOptions): Promise<Snapshot | null> {
  const { connection, dir, manifest, journal, clock } = options;
  const period = await loadOpenPeriod({ connection, dir, manifest, journal, base: 'sealed' });
  if (!period) throw sealedByAnother(dir);
  if (period.lastPoll === period.basePoll) return null;
  return writeOpenFolder({ connection, dir, manifest, period, nowMs: clock.now() });
}

function sealedByAnother(dir: string): Error {
  return new Error(`The journal of ${dir} was sealed by somebody else while this process holds its lock`);
}
