// Goal: the log stays short, and no poll pays for it.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { anObservation, aPoll } from './poll-builders.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

/** How often the log has begun anew: the fourth number of its head (SQLite's file format, "WAL header"). */
function beginnings(dir: string): number {
  const head = Buffer.alloc(16);
  const file = openSync(join(dir, 'journal.db-wal'), 'r');
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return head.readUInt32BE(12);
}

it('begins anew between the 32nd poll and the next, not within one', () => {
  const dir = tempDir();
  const journal = openForWriting(dir);
  for (let poll = 1; poll <= 31; poll += 1) journal.append(aPoll(poll, [anObservation({ dphTotal: poll })]));
  const first = beginnings(dir);
  journal.checkpointWhenDue();
  expect(beginnings(dir)).toBe(first);
  journal.append(aPoll(32, [anObservation({ dphTotal: 32 })]));
  journal.checkpointWhenDue();
  expect(beginnings(dir)).toBe(first + 1);
  journal.append(aPoll(33, [anObservation({ dphTotal: 33 })]));
  expect(beginnings(dir)).toBe(first + 1);
});
