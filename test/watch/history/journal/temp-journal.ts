// A folder and a journal that go away with their test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SteppedClock } from '../../../../src/base/std/index.ts';
import {
  type Journal,
  openJournal,
  type WriteOptions,
} from '../../../../src/watch/history/journal/open-journal.ts';
import { START_MS } from './poll-builders.ts';

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'journal-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function openForWriting(dir: string, options: Partial<WriteOptions> = {}): Journal {
  const journal = openJournal(dir, { mode: 'write', clock: new SteppedClock(START_MS), ...options });
  onTestFinished(() => journal.close());
  return journal;
}
