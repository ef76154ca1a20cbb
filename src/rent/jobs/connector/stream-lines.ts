// The lines of a job's log over all its attempts, from the first, as they come, until the job is over.
import { createLineSplitter } from '../../remote/index.ts';
import type { Jobs } from '../controller/jobs-api.ts';
import { isOver, type JobRecord } from '../records/index.ts';
import { readLog } from './read-log.ts';
import type { Wake } from './wake.ts';

export interface StreamLines {
  readonly jobs: Pick<Jobs, 'logFile'>;
  /** The job as it is now. */
  readonly look: () => Promise<JobRecord>;
  readonly wake: Wake;
  /** So many lines are left out: those that somebody has seen before. */
  readonly skip: number;
  readonly signal: AbortSignal | undefined;
}

/** Whoever drives the job may be another process, which rings nothing here. */
const LOOK_MS = 500;

/** What a progress bar writes over is left out. Rejects with the signal's reason. */
export async function* streamLines(options: StreamLines): AsyncGenerator<string, void> {
  let left = options.skip;
  for await (const line of allLines(options)) {
    if (left > 0) left -= 1;
    else yield line;
  }
}

async function* allLines({ jobs, look, wake, signal }: StreamLines): AsyncGenerator<string, void> {
  let attempt = 1;
  let offset = 0;
  let splitter = createLineSplitter();
  for (;;) {
    signal?.throwIfAborted();
    const rung = wake.next();
    // Before the file is read: of what is over by now, every line is there.
    const record = await look();
    const isLast = attempt >= record.attempt;
    for await (const { bytes, isAnew } of readLog(jobs.logFile(record.id, attempt), offset)) {
      if (isAnew) {
        offset = 0;
        splitter = createLineSplitter();
      }
      offset += bytes.length;
      for (const { text, end } of splitter.push(bytes)) if (end !== 'return') yield text;
    }
    if (isLast && !isOver(record.status)) {
      await wake.wait(rung, LOOK_MS, signal);
      continue;
    }
    for (const { text } of splitter.finish()) yield text;
    if (isLast) return;
    attempt += 1;
    offset = 0;
    splitter = createLineSplitter();
  }
}
