// Jobs on the simulated marketplace with twins, under a stepped clock: processes that drive them come and go on one store.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Log, SteppedClock, silentLog } from '../../../../src/base/std/index.ts';
import { readEventsSince, type Store } from '../../../../src/base/store/index.ts';
import { assembleJobs, type JobsApp } from '../../../../src/front/app/jobs.ts';
import type { RemoteShell } from '../../../../src/net/ssh/index.ts';
import {
  expandMatrix,
  isOver,
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
import { wayOut } from '../../../simulation/rentals/world.ts';
import { ACCOUNT, stepUntil } from '../../a-rent-world.ts';
import { BOX, gpusOf, HOUR, openRentStore, type RentingProcess, startProcess } from '../../a-renting.ts';
import { createMortal, type Mortal } from './a-mortal.ts';

export const MINUTE = 60_000;

/** Counts to N once in ten seconds, keeps every third count as a checkpoint, and goes on from the last. */
export const COUNTING = `
mkdir -p out
i=0
for at in out/ckpt-*; do if [ -e $at/step ]; then i=$(cat $at/step); fi; done
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
  readonly mortal: Mortal;
  /** Ends it as Ctrl-C does: it lets go of what it leads. */
  leave(): void;
  readonly left: AbortSignal;
  /** Ends it without a word, as a kill does. */
  kill(): void;
}

/** What stands between processes and machines: given a shell, the one that they get; it may throw instead. */
export type Line = (instanceId: number, open: () => Promise<RemoteShell>) => Promise<RemoteShell>;

export interface StartOptions {
  /** Dies at this point, counted from 1. */
  readonly crashAt?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface JobWorld extends AsyncDisposable {
  readonly sim: Sim;
  readonly clock: SteppedClock;
  readonly store: Store;
  readonly home: string;
  readonly process: JobProcess;
  /** Another process on the same store and home. */
  start(name: string, options?: StartOptions): JobProcess;
  live<T>(work: Promise<T>): Promise<T>;
  /** Time passes, timer by timer. */
  pass(ms: number): Promise<void>;
  submit(job: Job, options?: Partial<SubmitOptions>): Promise<JobRecord>;
  /** Drives in the process until it is over. */
  drive(record: JobRecord, by?: JobProcess, observer?: JobObserver): Promise<JobRecord>;
  /** Begins to drive in the process, and goes on while the clock does; what becomes of it is nobody's business. */
  begin(record: JobRecord, by?: JobProcess, observer?: JobObserver): void;
  get(record: JobRecord): Promise<JobRecord>;
  /** Time passes until this holds, for six hours at most. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Time passes until the job has this status, or is over. */
  untilStatus(record: JobRecord, ...statuses: readonly JobStatus[]): Promise<JobRecord>;
  statuses(record: JobRecord): Promise<readonly JobStatus[]>;
  /** Instances that were not destroyed. */
  present(): readonly { readonly instanceId: number }[];
  /** The machine of the job now. */
  instanceOf(record: JobRecord): Promise<number>;
  /** Looks after rentals until every bill is settled, as the program beside a job does. */
  settle(by?: JobProcess): Promise<void>;
  artifact(record: JobRecord, path: string): string;
  log(record: JobRecord, attempt: number): string;
}

export interface JobWorldOptions {
  readonly sim?: Partial<SimOptions>;
  readonly policy?: Partial<JobPolicy>;
  readonly env?: Readonly<Record<string, string>>;
  readonly programs?: (instanceId: number) => Readonly<Record<string, Program>>;
  readonly roundTripMs?: number;
  readonly line?: Line;
  /** Between the service and processes. */
  readonly send?: (send: typeof globalThis.fetch) => typeof globalThis.fetch;
  readonly log?: Log;
  /** Stands before the simulation once it is there. */
  readonly watch?: (world: {
    readonly sim: Sim;
    readonly clock: SteppedClock;
    readonly store: Store;
  }) => (send: typeof globalThis.fetch) => typeof globalThis.fetch;
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

/** How Node calls a file's operation that has not ended: closing one, and all others. */
const FILE_WORK = /^(FSReq|CloseReq)/;

/** A clock that stands still while a file is being opened, read, written or closed. */
export function fileAwareClock(): SteppedClock {
  return new SteppedClock(undefined, () =>
    globalThis.process.getActiveResourcesInfo().some((name) => FILE_WORK.test(name)),
  );
}

export async function aJobWorld(options: JobWorldOptions = {}): Promise<JobWorld> {
  const clock = fileAwareClock();
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'vd-jobs-')));
  let sim: Sim;
  const seed = options.sim?.seed ?? 'jobs';
  const programs = (instanceId: number) => ({
    ...gpusOf(() => sim)(instanceId),
    ...wayOut(() => sim, clock),
    ...options.programs?.(instanceId),
  });
  const { roundTripMs = 0, line = (_, open) => open(), send = (sent) => sent } = options;
  const inside = await twinInside({ clock, seed, programs, roundTripMs });
  sim = createSim(
    { clock, offers: 400, credit: 1_000, searchesPerMinute: Number.POSITIVE_INFINITY, ...options.sim, seed },
    inside,
  );
  const store = await openRentStore(':memory:', clock);
  const watched = options.watch?.({ sim, clock, store })(sim.fetch) ?? sim.fetch;
  const apps: JobProcess[] = [];
  const start = (name: string, { crashAt, env = options.env ?? {} }: StartOptions = {}): JobProcess => {
    const leaving = new AbortController();
    const mortal = createMortal(clock, crashAt);
    const connect = mortal.connect((instance: { readonly id: number }) =>
      line(instance.id, () => sim.shell(instance.id)),
    );
    const renting = startProcess({
      sim,
      clock: mortal.clock,
      name,
      store: mortal.store(store),
      fetch: mortal.fetch(send(watched)),
      connect,
      policy: { storageTailMs: 2 * HOUR },
      lookMs: 5 * MINUTE,
    });
    const app = assembleJobs(
      { ...renting, account: ACCOUNT, rentals: renting.records, connect, sshPublicKey: BOX.sshPublicKey },
      {
        home,
        env,
        clock: mortal.clock,
        random: createRandom(name),
        log: options.log ?? silentLog,
        ...(options.policy && { policy: options.policy }),
      },
    );
    const started: JobProcess = {
      ...renting,
      ...app,
      rentals: renting.records,
      mortal,
      left: leaving.signal,
      leave: () => leaving.abort(new Error(`${name} was left`)),
      kill: () => mortal.kill(),
    };
    apps.push(started);
    return started;
  };
  const process = start('first');
  const live = <T>(work: Promise<T>) => stepUntil(clock, work);
  const world: JobWorld = {
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
      live(by.jobs.drive(record.id, { signal: by.left, ...observer })),
    begin: (record, by = process, observer = {}) => {
      by.jobs.drive(record.id, { signal: by.left, ...observer }).catch(() => {});
    },
    get: async (record) => {
      const found = await process.records.get(record.id);
      if (!found) throw new Error(`${record.id} is not there`);
      return found;
    },
    async until(holds) {
      const endMs = clock.now() + 6 * HOUR;
      while (!(await holds())) {
        if (clock.now() > endMs) throw new Error('six hours have passed, and it does not hold');
        await clock.step(1_000);
      }
    },
    async untilStatus(record, ...wanted) {
      let now = await world.get(record);
      await world.until(async () => {
        now = await world.get(record);
        return wanted.includes(now.status) || isOver(now.status);
      });
      if (!wanted.includes(now.status)) throw new Error(`It is ${now.status}: ${now.reason}`);
      return now;
    },
    async statuses(record) {
      const events = await readEventsSince(store.db, 0, { noun: 'job', id: record.id });
      return events
        .map(({ status }) => status as JobStatus)
        .filter((status, at, all) => status !== all[at - 1]);
    },
    present: () => sim.truth.instances().filter(({ destroyedMs }) => destroyedMs === undefined),
    async instanceOf(record) {
      const instanceId = (await process.records.attempts(record.id)).at(-1)?.instanceId;
      if (instanceId === undefined) throw new Error(`${record.id} has no machine`);
      return instanceId;
    },
    async settle(by = process) {
      const done = new AbortController();
      const beside = by.controller.run(done.signal);
      await world.until(async () => (await by.ledger.listOpenReservations()).length === 0);
      done.abort();
      await live(beside);
    },
    artifact: (record, path) => readFileSync(join(home, 'jobs', record.id, 'artifacts', path), 'utf8'),
    log: (record, attempt) => readFileSync(join(home, 'jobs', record.id, `attempt-${attempt}.log`), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      for (const app of apps) app.leave();
      await clock.untilIdle();
      for (const app of apps) {
        if (!app.mortal.isDead) await live(Promise.resolve(app[Symbol.asyncDispose]()));
        app.kill();
      }
      await sim.close();
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return world;
}
