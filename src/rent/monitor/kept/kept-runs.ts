// The runs that there are figures of, each with the job or the machine that it was, and what it has cost.
import type { Ledger } from '../../../base/ledger/index.ts';
import { usd } from '../../../base/std/index.ts';
import type { JobRecord, JobRecords } from '../../jobs/index.ts';
import {
  AmbiguousTargetError,
  NoSuchTargetError,
  type Rental,
  type RentalRecords,
} from '../../rental/index.ts';
import type { AttemptSpan, MetricStore } from '../../training/index.ts';

export interface KeptRun {
  /** As its metrics are kept. */
  readonly run: string;
  /** The job's or rental's name, else empty. */
  readonly name: string;
  readonly job: JobRecord | undefined;
  readonly rental: Rental | undefined;
  readonly instanceId: number | undefined;
  readonly attempts: readonly AttemptSpan[];
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Dollars of all attempts; undefined where no record tells. */
  readonly costUsd: number | undefined;
}

export interface KeptRunSources {
  readonly metrics: Pick<MetricStore, 'spans'>;
  readonly jobRecords: Pick<JobRecords, 'list'>;
  readonly records: Pick<RentalRecords, 'list'>;
  readonly ledger: Pick<Ledger, 'costs'>;
}

/** Newest last. */
export async function readKeptRuns({
  metrics,
  jobRecords,
  records,
  ledger,
}: KeptRunSources): Promise<readonly KeptRun[]> {
  const spans = await metrics.spans();
  if (spans.size === 0) return [];
  const jobs = new Map((await jobRecords.list()).map((job) => [job.id, job]));
  const rentals = await records.list();
  const spent = new Map((await ledger.costs({ by: 'rental' })).map((row) => [row.value, usd(row.spent)]));
  const runs = [...spans].map(([run, attempts]): KeptRun => {
    const job = jobs.get(/^(?:job )?(job_[^:#]+)/.exec(run)?.[1] ?? '');
    const instance = instanceOf(run);
    const lastAtMs = Math.max(0, ...attempts.map((attempt) => attempt.lastAtMs));
    const rental = rentalOf(rentals, {
      rentalId: job?.rentalId,
      instanceId: instance,
      atMs: attempts.at(-1)?.lastAtMs ?? 0,
    });
    return {
      run,
      name: job?.name ?? rental?.name ?? '',
      job,
      rental,
      instanceId: instance ?? rental?.instanceId,
      attempts,
      firstAtMs: Math.min(...attempts.map((attempt) => attempt.firstAtMs)),
      lastAtMs,
      costUsd: job ? usd(job.spent) : rental && spent.get(rental.id),
    };
  });
  return runs.sort((a, b) => a.lastAtMs - b.lastAtMs || (a.run < b.run ? -1 : 1));
}

function instanceOf(run: string): number | undefined {
  const id = /^instance (\d+)/.exec(run)?.[1];
  return id === undefined ? undefined : Number(id);
}

/** An instance's id is given anew to nobody, but a rental may have begun and ended on it before the run. */
function rentalOf(
  rentals: readonly Rental[],
  wanted: {
    readonly rentalId: string | undefined;
    readonly instanceId: number | undefined;
    readonly atMs: number;
  },
): Rental | undefined {
  if (wanted.rentalId !== undefined) return rentals.find(({ id }) => id === wanted.rentalId);
  if (wanted.instanceId === undefined) return undefined;
  return rentals.findLast(
    ({ instanceId, createdAtMs }) => instanceId === wanted.instanceId && createdAtMs <= wanted.atMs,
  );
}

/**
 * By the run itself, its job's id or name, its instance, or the beginning of one of them. Of several runs of one name or
 * on one instance it is the newest. Throws NoSuchTargetError, and AmbiguousTargetError where several are meant.
 */
export function findKeptRun(runs: readonly KeptRun[], word: string): KeptRun {
  if (runs.length === 0) {
    throw new NoSuchTargetError(
      'There are no runs yet: figures are kept while "vastdeck job" or "vastdeck top" reads a log; "vastdeck runs parse FILE" reads one now.',
    );
  }
  const whole = runs.filter((run) => run.run === word);
  const named = runs.filter((run) => idsOf(run).includes(word));
  const begun = runs.filter((run) => idsOf(run).some((id) => id.startsWith(word)));
  for (const found of [whole, named, begun]) {
    const [first] = found;
    const newest = found.at(-1);
    if (first === undefined || newest === undefined) continue;
    const isOneName = found.every(({ name }) => name !== '' && name === first.name);
    const isOneMachine = found.every(
      ({ instanceId }) => instanceId !== undefined && instanceId === first.instanceId,
    );
    if (found.length === 1 || isOneName || isOneMachine) return newest;
    const shown = found.slice(0, 8).map(({ run }) => run);
    throw new AmbiguousTargetError(
      `"${word}" may be ${shown.join(', ')}${found.length > shown.length ? ` and ${found.length - shown.length} more` : ''}; write more of it`,
      found.map(({ run }) => run),
    );
  }
  throw new NoSuchTargetError(
    `There is no run "${word}"; "vastdeck runs list" shows the ${runs.length} that there are`,
  );
}

function idsOf({ run, name, job, rental, instanceId }: KeptRun): readonly string[] {
  const ids = [job?.id, rental?.id].flatMap((id) =>
    id === undefined ? [] : [id, id.replace(/^[a-z]+_/, '')],
  );
  const machine = instanceId === undefined ? [] : [String(instanceId), `instance ${instanceId}`];
  return [run, name, ...ids, ...machine].filter((id) => id !== '');
}
