// Jobs on the simulated marketplace with twins, under a stepped clock: processes that drive them come and go on one store.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, SteppedClock, silentLog } from '../../../../src/base/std/index.ts';
import { readEventsSince, type Store } from '../../../../src/base/store/index.ts';
import { assembleJobs, type JobsApp } from '../../../../src/front/app/jobs.ts';
import {
  expandMatrix,
  type Job,
  type JobObserver,
  type JobPolicy,
  type JobRecord,
  type JobStatus,
  parseJobFile,
  type SubmitOptions,
} from '../../../../src/rent/jobs/index.ts';
import { createSim, type Sim, type SimOptions, twinInside } from '../../../../src/sim/index.ts';
import type { Program } from '../../../../src/sim/twin/index.ts';
import { ACCOUNT, stepUntil } from '../../a-rent-world.ts';
import { BOX, gpusOf, HOUR, openRentStore, type RentingProcess, startProcess } from '../../a-renting.ts';

export const MINUTE = 60_000;

/** Counts to N once in ten seconds, keeps every third count as a checkpoint, and goes on from the last. */
export const COUNTING = `
mkdir -p out
i=0
for at in $(ls out 2>/dev/null | grep ckpt- | sort); do i=$(cat out/$at/step); done
while [ $i -lt "$STEPS" ]; do
  i=$((i+1))
  sleep 10
  echo "step $i/$STEPS loss 0.5"
  if [ $((i % 3)) -eq 0 ]; then
    mkdir -p out/.new.tmp
    echo $i > out/.new.tmp/step
    mv out/.new.tmp out/ckpt-$(printf %04d $i)
  fi
done
echo "counted to $i" > out/model.txt`;

export interface JobProcess extends Omit<RentingProcess, 'records'>, JobsApp {
  readonly rentals: RentingProcess['records'];
  /** Ends it without a word, as a kill does. */
  kill(): void;
  readonly killed: AbortSignal;
}

export interface JobWorld extends AsyncDisposable {
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly store: Store;
  readonly home: string;
  readonly process: JobProcess;
  /** Another process on the same store and home. */
  start(name: string): JobProcess;
  live<T>(work: Promise<T>): Promise<T>;
  /** Time passes, timer by timer. */
  pass(ms: number): Promise<void>;
  submit(job: Job, options?: Partial<SubmitOptions>): Promise<JobRecord>;
  /** Drives in the process until it is over. */
  drive(record: JobRecord, by?: JobProcess, observer?: JobObserver): Promise<JobRecord>;
  get(record: JobRecord): Promise<JobRecord>;
  statuses(record: JobRecord): Promise<readonly JobStatus[]>;
  /** Instances that were not destroyed. */
  present(): readonly { readonly instanceId: number }[];
  artifact(record: JobRecord, path: string): string;
  log(record: JobRecord, attempt: number): string;
}

export interface JobWorldOptions {
  readonly sim?: Partial<SimOptions>;
  readonly policy?: Partial<JobPolicy>;
  readonly env?: Readonly<Record<string, string>>;
  readonly programs?: (instanceId: number) => Readonly<Record<string, Program>>;
}

export function countingJob(overrides: Partial<Job> = {}): Job {
  const text = `name: counting
image: pytorch/pytorch:latest
setup: echo setting up
run: exit 0
env: { STEPS: "12" }
resources: { disk: 20GB, verified: any }
checkpoints: ["out/ckpt-*"]
artifacts: ["out/model.txt"]
max_duration: 2h
budget: 20
retry: { no_capacity: { for: 30m }, interruption: { for: 6h }, error: { times: 0 } }
`;
  const [job] = expandMatrix(parseJobFile(text));
  return { ...(job as Job), run: COUNTING, ...overrides };
}

export async function aJobWorld(options: JobWorldOptions = {}): Promise<JobWorld> {
  const clock = new SteppedClock();
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'vd-jobs-')));
  let sim: Sim;
  const seed = options.sim?.seed ?? 'jobs';
  const programs = (instanceId: number) => ({
    ...gpusOf(() => sim)(instanceId),
    ...options.programs?.(instanceId),
  });
  const inside = await twinInside({ clock, seed, programs });
  sim = createSim(
    { clock, offers: 400, credit: 1_000, searchesPerMinute: Number.POSITIVE_INFINITY, ...options.sim, seed },
    inside,
  );
  const store = await openRentStore(':memory:', clock);
  const apps: JobsApp[] = [];
  const start = (name: string): JobProcess => {
    const killing = new AbortController();
    const renting = startProcess({ sim, clock, name, store, policy: { storageTailMs: 2 * HOUR } });
    const app = assembleJobs(
      {
        ...renting,
        account: ACCOUNT,
        rentals: renting.records,
        connect: (instance) => sim.shell(instance.id),
        sshPublicKey: BOX.sshPublicKey,
      },
      {
        home,
        env: options.env ?? {},
        clock,
        random: createRandom(name),
        log: silentLog,
        ...(options.policy && { policy: options.policy }),
      },
    );
    apps.push(app);
    return {
      ...renting,
      ...app,
      rentals: renting.records,
      killed: killing.signal,
      kill: () => killing.abort(new Error(`${name} was killed`)),
    };
  };
  const process = start('first');
  const live = <T>(work: Promise<T>) => stepUntil(clock, work);
  return {
    sim,
    clock,
    store,
    home,
    process,
    start,
    live,
    async pass(ms) {
      await live(clock.sleep(ms));
    },
    async submit(job, submitted = {}) {
      const [record] = await process.jobs.submit([job], { folder: home, ...submitted });
      if (!record) throw new Error('nothing was submitted');
      return record;
    },
    drive: (record, by = process, observer = {}) =>
      live(by.jobs.drive(record.id, { signal: by.killed, ...observer })),
    get: async (record) => {
      const found = await process.records.get(record.id);
      if (!found) throw new Error(`${record.id} is not there`);
      return found;
    },
    async statuses(record) {
      const events = await readEventsSince(store.db, 0, { noun: 'job', id: record.id });
      return events
        .map(({ status }) => status as JobStatus)
        .filter((status, at, all) => status !== all[at - 1]);
    },
    present: () => sim.truth.instances().filter(({ destroyedMs }) => destroyedMs === undefined),
    artifact: (record, path) => readFileSync(join(home, 'jobs', record.id, 'artifacts', path), 'utf8'),
    log: (record, attempt) => readFileSync(join(home, 'jobs', record.id, `attempt-${attempt}.log`), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(apps.map((app) => app[Symbol.asyncDispose]()));
      await sim.close();
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
