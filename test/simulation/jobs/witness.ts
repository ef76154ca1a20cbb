// What really happened to jobs, seen from outside: when each machine was destroyed, what its program had made by then, and
// what is here. Beside the invariants of renting itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOver, type JobRecord } from '../../../src/rent/jobs/index.ts';
import type { Sim } from '../../../src/sim/index.ts';
import type { JobWorld } from '../../rent/jobs/controller/a-job-world.ts';
import { stepsIn } from '../../rent/jobs/controller/at-rest.ts';
import type { Made, Works } from './work.ts';

export const JOB_INVARIANTS = [
  'a result on a machine that lives is here before the machine goes',
  'a job that succeeded has what its program made',
  'no attempt goes on from half a checkpoint',
  'no line of a log is lost or doubled',
  'a budget is never passed',
  'every job comes to rest',
] as const;
export type JobInvariant = (typeof JOB_INVARIANTS)[number];

export interface JobWitness {
  readonly broken: readonly string[];
  readonly looked: Readonly<Record<JobInvariant, number>>;
  /** Jobs that a person gave up: what they made is nobody's loss. */
  readonly cancelled: Set<string>;
  /** To be told once, before anything is rented. */
  follow(sim: Sim, home: string): void;
  /** At the end. */
  look(world: JobWorld, records: readonly JobRecord[]): Promise<void>;
}

export function createJobWitness(works: Works): JobWitness {
  const broken: string[] = [];
  const cancelled = new Set<string>();
  const looked = Object.fromEntries(JOB_INVARIANTS.map((name) => [name, 0])) as Record<JobInvariant, number>;
  const claim = (invariant: JobInvariant, holds: boolean, what: () => string) => {
    looked[invariant] += 1;
    if (!holds) broken.push(`${invariant}: ${what()}`);
  };
  /** What of these files is not here as it was made; undefined when all are. */
  const lostOf = (home: string, { job, files }: Made): string | undefined =>
    Object.entries(files).find(
      ([path, text]) => readIfThere(join(home, 'jobs', job, 'artifacts', path)) !== text,
    )?.[0];
  /** Which instances could be entered when they were last seen: who is destroyed is not. */
  const lived = new Map<number, boolean>();
  return {
    broken,
    looked,
    cancelled,
    follow(sim, home) {
      sim.truth.follow(({ noun, id, what }) => {
        if (noun !== 'instance') return;
        if (what !== 'destroyed') {
          lived.set(
            id,
            sim.truth.instances().find(({ instanceId }) => instanceId === id)?.actual === 'running',
          );
          return;
        }
        const results = works.made.filter(({ instanceId }) => instanceId === id);
        const result = results.at(-1);
        if (!result || cancelled.has(result.job) || lived.get(id) !== true) return;
        claim(
          'a result on a machine that lives is here before the machine goes',
          lostOf(home, result) === undefined,
          () => `instance ${id} was destroyed with ${lostOf(home, result)} of ${result.job}`,
        );
      });
    },
    async look(world, records) {
      for (const what of works.broken) claim('no attempt goes on from half a checkpoint', false, () => what);
      const costs = await world.process.ledger.costs({ by: 'job' });
      for (const record of records) {
        const now = await world.get(record);
        claim(
          'every job comes to rest',
          isOver(now.status),
          () => `${now.name} is ${now.status}: ${now.reason}`,
        );
        looked['no attempt goes on from half a checkpoint'] += 1;
        if (now.status === 'succeeded') {
          const results = works.made.filter(({ job }) => job === now.id);
          claim(
            'a job that succeeded has what its program made',
            results.some((result) => lostOf(world.home, result) === undefined),
            () => `${now.name} lacks ${results.map((result) => lostOf(world.home, result)).join(' or ')}`,
          );
        }
        const spent = costs.find(({ value }) => value === now.group)?.spent ?? 0;
        const { budget } = now.job;
        claim(
          'a budget is never passed',
          budget === undefined || spent <= budget,
          () => `${now.group} has spent ${spent} of ${budget}`,
        );
        for (const { attempt, brought } of await world.process.records.attempts(now.id)) {
          const log = logOf(world, now, attempt);
          const steps = stepsIn(log);
          const isInOrder = steps.every((step, at) => at === 0 || step === (steps[at - 1] ?? 0) + 1);
          const [, from] = /^goes on after (\d+)$/m.exec(log) ?? [];
          const isWhole =
            !brought || from === undefined || steps.length === 0 || steps[0] === Number(from) + 1;
          claim(
            'no line of a log is lost or doubled',
            isInOrder && isWhole,
            () => `attempt ${attempt} of ${now.name}: ${steps.join(' ')}`,
          );
        }
      }
    },
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function logOf(world: JobWorld, record: JobRecord, attempt: number): string {
  try {
    return world.log(record, attempt);
  } catch {
    return '';
  }
}
