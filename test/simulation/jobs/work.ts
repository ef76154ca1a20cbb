// What runs on the machines: a work of so many steps that keeps whole checkpoints, goes on from the newest, and knows what
// it has made. It tells when it was made to go on from half of one.
import type { Program } from '../../../src/sim/twin/index.ts';

export interface Made {
  readonly job: string;
  readonly instanceId: number;
  readonly text: string;
  readonly atMs: number;
}

export interface Works {
  /** Of every run that ended with 0. */
  readonly made: readonly Made[];
  /** What no run may meet. */
  readonly broken: readonly string[];
  /** How often a work failed in each way. */
  readonly fired: ReadonlyMap<string, number>;
  programs(instanceId: number): Readonly<Record<string, Program>>;
}

const OUT = '/workspace/out';

/** How a work fails. `killed`: as the kernel does it for want of memory. `nan`: it goes on, with losses that are none. */
export const FAILURES = ['error', 'killed', 'nan'] as const;

/** `work STEPS STEP_SECONDS FAIL_AT [HOW]`: fails at that step, 0 never, in one of the ways above. */
export function createWorks(): Works {
  const made: Made[] = [];
  const broken: string[] = [];
  const fired = new Map<string, number>();
  const work =
    (instanceId: number): Program =>
    async (process) => {
      const { files, clock } = process;
      const [steps = 0, seconds = 0, failAt = 0] = process.args.map(Number);
      const how = FAILURES.find((known) => known === process.args[3]) ?? 'error';
      const job = process.environment.VASTDECK_JOB ?? '';
      files.makeDirectory(OUT, 'parents');
      let step = 0;
      for (const { path } of files.list(OUT)) {
        if (!/\/ckpt-\d+$/.test(path)) continue;
        const halves = ['a', 'b'].map((half) =>
          files.find(`${path}/${half}`) ? files.readText(`${path}/${half}`) : undefined,
        );
        if (halves[0] === undefined || halves[0] !== halves[1]) broken.push(`${job} found half of ${path}`);
        else if (!halves[0].startsWith(`${job} `)) broken.push(`${job} found another's ${path}`);
        else step = Number(halves[0].split(' ')[1]);
      }
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
        await process.sleep(4_000);
        files.write(`${name}.tmp/b`, text);
        files.rename(`${name}.tmp`, name);
      }
      const text = `${job} made in ${steps} steps\n${'result '.repeat(3_000)}\n`;
      files.write(`${OUT}/model.txt`, text);
      made.push({ job, instanceId, text, atMs: clock.now() });
      return 0;
    };
  return { made, broken, fired, programs: (instanceId) => ({ work: work(instanceId) }) };
}
