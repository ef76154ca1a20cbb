// What the log of a job tells of its training so far. Read on from where it was left, so that asking often costs little.
import { createLineReader, createLogParser, progressOf } from '../../training/index.ts';
import type { Jobs } from '../controller/jobs-api.ts';
import type { JobRecord } from '../records/index.ts';
import { readLog } from './read-log.ts';

/** Null for what the log does not tell. */
export interface JobFigures {
  /** 0 to 1 of the whole training. */
  readonly progress: number | null;
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
  readonly loss: number | null;
}

interface Reading {
  attempt: number;
  offset: number;
  lines: ReturnType<typeof createLineReader>;
  readonly parser: ReturnType<typeof createLogParser>;
  /** Two who ask at once must not read the same bytes twice. */
  turn: Promise<unknown>;
}

export interface JobFiguresReader {
  read(record: Pick<JobRecord, 'id' | 'attempt'>): Promise<JobFigures>;
}

export function createJobFigures(jobs: Pick<Jobs, 'logFile'>): JobFiguresReader {
  const readings = new Map<string, Reading>();
  // Of a kept log only the times in it count.
  const begin = (): Reading => ({
    attempt: 1,
    offset: 0,
    lines: createLineReader(),
    parser: createLogParser({ nowMs: () => 0 }),
    turn: Promise.resolve(),
  });

  const readOn = async (reading: Reading, jobId: string, lastAttempt: number): Promise<void> => {
    for (;;) {
      for await (const { bytes, isAnew } of readLog(jobs.logFile(jobId, reading.attempt), reading.offset)) {
        if (isAnew) reading.offset = 0;
        reading.offset += bytes.length;
        for (const { text } of reading.lines.push(bytes)) reading.parser.push(text);
      }
      if (reading.attempt >= lastAttempt) return;
      for (const { text } of reading.lines.end()) reading.parser.push(text);
      reading.attempt += 1;
      reading.offset = 0;
      reading.lines = createLineReader();
    }
  };

  return {
    async read({ id, attempt }) {
      const reading = readings.get(id) ?? begin();
      readings.set(id, reading);
      reading.turn = reading.turn.catch(() => {}).then(() => readOn(reading, id, attempt));
      await reading.turn;
      return figuresOf(reading);
    },
  };
}

function figuresOf({ parser }: Reading): JobFigures {
  const { figures } = parser.state();
  const progress = progressOf(figures);
  return {
    progress: progress?.total ? Math.min(1, progress.done / progress.total) : null,
    epoch: figures.epoch ?? null,
    totalEpochs: figures.totalEpochs ?? null,
    step: figures.step ?? null,
    totalSteps: figures.totalSteps ?? null,
    loss: figures.loss ?? null,
  };
}
