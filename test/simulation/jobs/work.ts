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
  programs(instanceId: number): Readonly<Record<string, Program>>;
}

const OUT = '/workspace/out';

/** `work STEPS STEP_SECONDS FAIL_AT`: exits with 1 at that step; 0 never. */
export function createWorks(): Works {
  const made: Made[] = [];
  const broken: string[] = [];
  const work =
    (instanceId: number): Program =>
    async (process) => {
      const { files, clock } = process;
      const [steps = 0, seconds = 0, failAt = 0] = process.args.map(Number);
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
        await process.print(`step ${step}/${steps} loss ${(1 / step).toFixed(3)}`);
        if (step === failAt) return 1;
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
  return { made, broken, programs: (instanceId) => ({ work: work(instanceId) }) };
}
