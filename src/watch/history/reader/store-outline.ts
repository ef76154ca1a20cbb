// The few figures of a store that its journal and its manifest tell: cheap enough to be asked for at any time, by a process
// that has no DuckDB loaded and does not want it.
import { resolve } from 'node:path';
import { openJournal } from '../journal/open-journal.ts';
import { readStoreFile } from '../journal/store-file.ts';
import type { Origin } from '../observation.ts';
import { type Manifest, readManifest } from '../segments/manifest.ts';
import { diskUse } from './disk-use.ts';

export interface StoreOutline {
  readonly origin: Origin;
  /** Undefined before the first poll. */
  readonly newest:
    | {
        readonly poll: number;
        readonly tsMs: number;
        readonly offers: number;
        readonly complete: boolean;
        readonly intervalMs: number;
      }
    | undefined;
  readonly polls: number;
  /** Offers seen, summed over the polls. */
  readonly observations: number;
  /** Holes of more than one and a half intervals between polls that are not sealed yet: a month at most. */
  readonly recentGaps: number;
  readonly bytes: number;
}

/** Undefined where there is no store. Throws CorruptStoreError, NewerStoreError. */
export function storeOutline(folder: string): StoreOutline | undefined {
  const dir = resolve(folder);
  const store = readStoreFile(dir);
  if (!store) return undefined;
  using journal = openJournal(dir, { mode: 'read' });
  return journal.consistently(() => {
    const last = journal.lastPoll();
    // By what the journal says, and not by the newest manifest: polls leave it a moment after they are sealed.
    const sealed = sealedPart(readManifest(dir), journal.sealedThrough());
    const polls = journal.polls(sealed.throughPoll);
    let recentGaps = 0;
    for (const [i, { tsMs, intervalMs }] of polls.entries()) {
      const next = polls[i + 1];
      if (next && 2 * (next.tsMs - tsMs) > 3 * intervalMs) recentGaps += 1;
    }
    return {
      origin: store.origin,
      newest: last && {
        poll: last.poll,
        tsMs: last.tsMs,
        offers: last.n,
        complete: last.complete,
        intervalMs: last.intervalMs,
      },
      polls: sealed.polls + polls.length,
      observations: polls.reduce((sum, { n }) => sum + n, sealed.observations),
      recentGaps,
      bytes: diskUse(dir).total,
    };
  });
}

function sealedPart({ segments }: Manifest, throughPoll: number) {
  const gone = segments.filter(({ lastPoll }) => lastPoll <= throughPoll);
  return {
    throughPoll,
    polls: gone.reduce((sum, { firstPoll, lastPoll }) => sum + lastPoll - firstPoll + 1, 0),
    observations: gone.reduce((sum, { observations }) => sum + observations, 0),
  };
}
