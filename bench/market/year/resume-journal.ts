// The journal of a store whose polls are all sealed: it holds what is open at the newest one, and goes on from there.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../../src/base/std/index.ts';
import { JOURNAL_FILE } from '../../../src/watch/history/journal/database.ts';
import { openJournal } from '../../../src/watch/history/journal/open-journal.ts';
import { EMPTY_HASH, formatHash } from '../../../src/watch/history/journal/row-hash.ts';
import type { PollInput } from '../../../src/watch/history/observation.ts';
import { POLL_INTERVAL_MS } from '../trace/trace.ts';

export interface ResumeJournalOptions {
  readonly dir: string;
  readonly clock: Clock;
  /** The newest polls, two at least: an offer missing in the last one was seen in the one before. */
  readonly polls: readonly PollInput[];
  /** The number of the last of them. */
  readonly lastPoll: number;
}

/**
 * Appends the polls through the journal itself, behind an empty one in the place of all earlier ones, and has it
 * give them up to the segments. Returns the hash that the journal finds for the last one.
 */
export function resumeJournal({ dir, clock, polls, lastPoll }: ResumeJournalOptions): string {
  const base = lastPoll - polls.length;
  if (base > 0) writeEmptyPoll(dir, base, (polls[0]?.tsMs ?? 0) - POLL_INTERVAL_MS);
  using journal = openJournal(dir, { mode: 'write', clock });
  for (const poll of polls) journal.append(poll);
  const last = journal.lastPoll();
  if (last?.poll !== lastPoll) throw new Error(`The journal ends with poll ${last?.poll}, not ${lastPoll}`);
  journal.dropThrough(lastPoll);
  return last.hash;
}

function writeEmptyPoll(dir: string, poll: number, tsMs: number): void {
  const db = new DatabaseSync(join(dir, JOURNAL_FILE));
  try {
    db.prepare('INSERT INTO polls VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
      poll,
      tsMs,
      POLL_INTERVAL_MS,
      '',
      0,
      1,
      0,
      formatHash(EMPTY_HASH),
    );
  } finally {
    db.close();
  }
}
