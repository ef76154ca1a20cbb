// The runs that there are figures of, each with the job or the machine that it was, and what it has cost.
import { usd } from '../../../base/std/index.ts';
import { createJobRecords, type JobRecord } from '../../../rent/jobs/index.ts';
import type { Rental } from '../../../rent/rental/index.ts';
import { type AttemptSpan, createMetricStore, type MetricStore } from '../../../rent/training/index.ts';
import type { Books } from '../../app/index.ts';
import type { Config } from '../config.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { groupFor, readVastdeckYaml } from '../vastdeck-yaml/index.ts';

export interface KnownRun {
  /** As its metrics are kept. */
  readonly run: string;
  /** The job's or rental's name, else empty. */
  readonly name: string;
  readonly group: string | undefined;
  readonly job: JobRecord | undefined;
  readonly rental: Rental | undefined;
  readonly instanceId: number | undefined;
  readonly attempts: readonly AttemptSpan[];
  /** Dollars of all attempts; undefined where no record tells. */
  readonly costUsd: number | undefined;
}

export interface RunBook {
  readonly metrics: MetricStore;
  readonly runs: readonly KnownRun[];
}

/** Newest last. */
export async function openRunBook(
  { store, records, ledger }: Pick<Books, 'store' | 'records' | 'ledger'>,
  config: Pick<Config, 'home' | 'secretNamed'>,
): Promise<RunBook> {
  const yaml = readVastdeckYaml(config);
  const metrics = createMetricStore({ store });
  const jobs = await createJobRecords(store).list();
  const rentals = await records.list();
  const spent = new Map((await ledger.costs({ by: 'rental' })).map((row) => [row.value, usd(row.spent)]));
  const runs: KnownRun[] = [];
  for (const run of await metrics.runs()) {
    const jobId = /^(?:job )?(job_[^:#]+)/.exec(run)?.[1];
    const job = jobs.find(({ id }) => id === jobId);
    const instance = /^instance (\d+)/.exec(run)?.[1];
    const attempts = await metrics.attempts(run);
    const rental = rentalOf(rentals, {
      rentalId: job?.rentalId,
      instanceId: instance === undefined ? undefined : Number(instance),
      atMs: attempts.at(-1)?.lastAtMs ?? 0,
    });
    const name = job?.name ?? rental?.name ?? '';
    runs.push({
      run,
      name,
      group: job?.group ?? groupFor(yaml, { names: [name, run, instance] }),
      job,
      rental,
      instanceId: instance === undefined ? rental?.instanceId : Number(instance),
      attempts,
      costUsd: job ? usd(job.spent) : rental && spent.get(rental.id),
    });
  }
  runs.sort((a, b) => lastAtMs(a) - lastAtMs(b) || (a.run < b.run ? -1 : 1));
  return { metrics, runs };
}

export function lastAtMs({ attempts }: Pick<KnownRun, 'attempts'>): number {
  return Math.max(0, ...attempts.map((attempt) => attempt.lastAtMs));
}

export function firstAtMs({ attempts }: Pick<KnownRun, 'attempts'>): number {
  return Math.min(...attempts.map((attempt) => attempt.firstAtMs));
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
 * on one instance it is the newest. Throws NotFoundError, and a UsageError where several are meant.
 */
export function findRun({ runs }: Pick<RunBook, 'runs'>, word: string): KnownRun {
  if (runs.length === 0) {
    throw new NotFoundError(
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
    throw new UsageError(
      `"${word}" may be ${shown.join(', ')}${found.length > shown.length ? ` and ${found.length - shown.length} more` : ''}; write more of it`,
    );
  }
  throw new NotFoundError(
    `There is no run "${word}"; "vastdeck runs list" shows the ${runs.length} that there are`,
  );
}

function idsOf({ run, name, job, rental, instanceId }: KnownRun): readonly string[] {
  const ids = [job?.id, rental?.id].flatMap((id) =>
    id === undefined ? [] : [id, id.replace(/^[a-z]+_/, '')],
  );
  const machine = instanceId === undefined ? [] : [String(instanceId), `instance ${instanceId}`];
  return [run, name, ...ids, ...machine].filter((id) => id !== '');
}
