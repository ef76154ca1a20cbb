// The generated script on the real libraries, on a CPU: a tiny random model is trained for ten steps, killed in the
// middle, resumed and packed. Runs where a Python has torch, transformers, peft, trl and datasets: the machine's own, or
// the one that VASTDECK_TEST_PYTHON names.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  parseTrainingConfig,
  type TrainingWish,
  toJob,
} from '../../../../src/rent/jobs/training-config/index.ts';
import { summarizeLog } from '../../../../src/rent/training/index.ts';
import { temporaryFolder } from '../../../support/stores.ts';

const PYTHON = process.env.VASTDECK_TEST_PYTHON ?? 'python3';
const LIBRARIES = ['torch', 'transformers', 'peft', 'trl', 'datasets'];
const TINY_MODEL = fileURLToPath(new URL('tiny-model.py', import.meta.url));

function whyItCannotTrain(): string | undefined {
  const look = `import importlib.util as u; print(*[n for n in ${JSON.stringify(LIBRARIES)} if not u.find_spec(n)])`;
  const { status, stdout, error } = spawnSync(PYTHON, ['-c', look], { encoding: 'utf8' });
  if (status !== 0) return `${PYTHON} does not run (${error?.message ?? status})`;
  return stdout.trim() === '' ? undefined : `${PYTHON} has no ${stdout.trim().replaceAll(' ', ', ')}`;
}

const obstacle = whyItCannotTrain();

function python(folder: string, ...args: readonly string[]) {
  return {
    command: PYTHON,
    args,
    options: {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, WORKSPACE: folder, HF_HUB_OFFLINE: '1' },
    },
  };
}

function run(folder: string, ...args: readonly string[]): string {
  const { command, options } = python(folder, ...args);
  return execFileSync(command, args, { ...options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What the job takes along, as it would lie on an instance. */
function workspaceOf(wish: Partial<TrainingWish>): string {
  const folder = temporaryFolder();
  const model = join(folder, 'tiny');
  run(folder, TINY_MODEL, 'make', model);
  const rows = Array.from({ length: 40 }, (_, i) => ({
    instruction: `add ${i} and 1`,
    output: String(i + 1),
  }));
  const dataset = join(folder, 'rows.jsonl');
  writeFileSync(dataset, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const config = parseTrainingConfig({
    baseModel: model,
    baseModelSource: 'local',
    datasetPath: dataset,
    projectName: 'tiny',
    maxSteps: 10,
    saveSteps: 4,
    loggingSteps: 1,
    maxSeqLength: 64,
    ...wish,
  });
  const workspace = join(folder, 'workspace');
  for (const [path, source] of Object.entries(toJob(config).files)) {
    const to = join(workspace, path);
    mkdirSync(dirname(to), { recursive: true });
    if (source.kind === 'text') writeFileSync(to, source.text);
    else cpSync(source.path, to, { recursive: true });
  }
  return workspace;
}

/** Kills it with no warning once it has printed the figures of that step; resolves to what it had printed. */
function trainUntil(folder: string, step: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const { command, args, options } = python(folder, 'vastdeck_train.py');
    const training = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
    let seen = '';
    training.stdout.on('data', (chunk) => {
      seen += String(chunk);
      if (seen.includes(`'step': ${step},`)) training.kill('SIGKILL');
    });
    training.once('error', reject);
    training.once('close', () => resolve(seen));
  });
}

const lossOf = (output: string, step: number) =>
  output.split('\n').find((line) => line.includes(`'step': ${step},`));

describe.skipIf(obstacle !== undefined)('the script of a training, on the real libraries', () => {
  it('trains an adapter, goes on after a kill as if nothing had been, and packs what PEFT loads', async () => {
    const folder = workspaceOf({ targetModules: ['q_proj', 'v_proj'] });
    const before = await trainUntil(folder, 6);
    // What another machine is given is the published checkpoint.
    rmSync(join(folder, 'out/.trainer'), { recursive: true });
    const after = run(folder, 'vastdeck_train.py');
    expect(after).toMatch(/^Resuming from out\/ckpt-4\n/m);
    // The counter of tokens begins anew in each process; the figures of the training do not.
    const withoutTokens = (line: string | undefined) => line?.replace(/ 'num_tokens': [\d.]+,/, '');
    expect(lossOf(before, 5)).toContain("'loss'");
    expect(withoutTokens(lossOf(after, 5))).toBe(withoutTokens(lossOf(before, 5)));
    const [summary] = summarizeLog([Buffer.from(before + after)]);
    expect(summary).toMatchObject({ format: 'hf-trainer', step: 10, totalSteps: 10, epoch: 2 });
    expect(summary?.loss).toBeGreaterThan(0);
    execFileSync('tar', ['xzf', 'out/adapter.tar.gz'], { cwd: folder });
    // Two layers with two adapted projections each, all of which have learned.
    expect(run(folder, TINY_MODEL, 'load', join(folder, 'model'), join(folder, 'adapter')).trim()).toBe('4');
  }, 180_000);

  it('trains every weight', () => {
    const folder = workspaceOf({ algorithm: 'full', evalRatio: 0.2 });
    expect(run(folder, 'vastdeck_train.py')).toMatch(/'eval_loss'.*\n(.*\n)*Packed out\/model\.tar\.gz/);
  }, 180_000);
});

it.runIf(obstacle !== undefined)(`is not tried on the real libraries here: ${obstacle}`, () => {});
