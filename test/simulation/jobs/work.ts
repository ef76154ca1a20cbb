// What runs on the machines: a work of so many steps that keeps whole checkpoints, goes on from the newest, and knows what
// it has made. It tells when it was made to go on from half of one.
import type { Program } from '../../../src/sim/twin/index.ts';

export interface Made {
  readonly job: string;
  readonly instanceId: number;
  /** By the path below the workspace. */
  readonly files: Readonly<Record<string, string>>;
  readonly atMs: number;
}

/** A work that runs now. */
export interface Running {
  readonly job: string;
  readonly instanceId: number;
  /** Whole ones on its machine. */
  readonly checkpoints: number;
  /** Half a checkpoint is there. */
  readonly isWriting: boolean;
}

export interface Works {
  /** Of every run that ended with 0. */
  readonly made: readonly Made[];
  /** What no run may meet. */
  readonly broken: readonly string[];
  /** How often a work failed in each way. */
  readonly fired: ReadonlyMap<string, number>;
  running(): readonly Running[];
  on(instanceId: number): Running | undefined;
  /** The job that ran there last. */
  jobOn(instanceId: number): string | undefined;
  /** Calls back when the machine has half of its nth checkpoint. */
  whenHalf(instanceId: number, nth: number, strike: () => void): void;
  programs(instanceId: number): Readonly<Record<string, Program>>;
}

const WORKSPACE = '/workspace';
const OUT = `${WORKSPACE}/out`;
const PARTS = 25;

/** How a work fails. `killed`: as the kernel does it for want of memory. `nan`: it goes on, with losses that are none. */
export const FAILURES = ['error', 'killed', 'nan'] as const;

/** `work STEPS STEP_SECONDS FAIL_AT [HOW]`: fails at that step, 0 never, in one of the ways above. */
export function createWorks(): Works {
  const made: Made[] = [];
  const broken: string[] = [];
  const fired = new Map<string, number>();
  const running = new Map<number, Running>();
  const ranOn = new Map<number, string>();
  const halves = new Map<number, { readonly nth: number; readonly strike: () => void }>();

  const half = (instanceId: number, isWriting: boolean, checkpoints: number) => {
    const now = running.get(instanceId);
    if (now) running.set(instanceId, { ...now, isWriting, checkpoints });
    const waiting = halves.get(instanceId);
    if (!isWriting || !waiting || checkpoints + 1 < waiting.nth) return;
    halves.delete(instanceId);
    waiting.strike();
  };

  const work =
    (instanceId: number): Program =>
    async (process) => {
      const { files, clock } = process;
      const [steps = 0, seconds = 0, failAt = 0] = process.args.map(Number);
      const how = FAILURES.find((known) => known === process.args[3]) ?? 'error';
      const job = process.environment.VASTDECK_JOB ?? '';
      files.makeDirectory(OUT, 'parents');
      let step = 0;
      let checkpoints = 0;
      for (const { path } of files.list(OUT)) {
        if (!/\/ckpt-\d+$/.test(path)) continue;
        const parts = ['a', 'b'].map((part) =>
          files.find(`${path}/${part}`) ? files.readText(`${path}/${part}`) : undefined,
        );
        if (parts[0] === undefined || parts[0] !== parts[1]) broken.push(`${job} found half of ${path}`);
        else if (!parts[0].startsWith(`${job} `)) broken.push(`${job} found another's ${path}`);
        else step = Number(parts[0].split(' ')[1]);
        checkpoints += 1;
      }
      running.set(instanceId, { job, instanceId, checkpoints, isWriting: false });
      ranOn.set(instanceId, job);
      await process.print(`goes on after ${step}`);
      while (step < steps) {
        step += 1;
        await process.sleep(seconds * 1_000);
        const loss = how === 'nan' && failAt > 0 && step >= failAt ? 'nan' : (1 / step).toFixed(3);
        await process.print(`step ${step}/${steps} loss ${loss}`);
        if (step === failAt) fired.set(how, (fired.get(how) ?? 0) + 1);
        if (step === failAt && how === 'error') return 1;
        if (step === failAt && how === 'killed') return 137;
        if (step % 5 !== 0) continue;
        const name = `${OUT}/ckpt-${String(step).padStart(5, '0')}`;
        if (files.find(name)) continue;
        const text = `${job} ${step} ${'x'.repeat(2_000)}`;
        files.makeDirectory(`${name}.tmp`, 'parents');
        files.write(`${name}.tmp/a`, text);
        half(instanceId, true, checkpoints);
        await process.sleep(4_000);
        files.write(`${name}.tmp/b`, text);
        files.rename(`${name}.tmp`, name);
        checkpoints += 1;
        half(instanceId, false, checkpoints);
      }
      const results: Record<string, string> = {
        'out/model.txt': `${job} made in ${steps} steps\n${'result '.repeat(3_000)}\n`,
      };
      for (let part = 1; part <= PARTS; part += 1) {
        results[`out/parts/${part}.bin`] = `${job} ${part} ${'part '.repeat(500 * (part % 7))}`;
      }
      files.makeDirectory(`${OUT}/parts`, 'parents');
      for (const [path, text] of Object.entries(results)) files.write(`${WORKSPACE}/${path}`, text);
      made.push({ job, instanceId, files: results, atMs: clock.now() });
      return 0;
    };

  return {
    made,
    broken,
    fired,
    running: () => [...running.values()],
    on: (instanceId) => running.get(instanceId),
    jobOn: (instanceId) => ranOn.get(instanceId),
    whenHalf: (instanceId, nth, strike) => void halves.set(instanceId, { nth, strike }),
    programs: (instanceId) => ({
      work: async (process) => {
        try {
          return await work(instanceId)(process);
        } finally {
          running.delete(instanceId);
        }
      },
    }),
  };
}
