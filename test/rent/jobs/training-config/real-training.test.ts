// The generated script on the real libraries, on a CPU: a tiny random model is trained for ten steps, killed in the
// middle, resumed and packed.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  parseTrainingConfig,
  type TrainingWish,
  toJob,
} from '../../../../src/rent/jobs/training-config/index.ts';
import { summarizeLog } from '../../../../src/rent/training/index.ts';
import { temporaryFolder } from '../../../support/stores.ts';
import {
  learnedMatrices,
  PYTHON,
  putTinyModel,
  pythonOptions,
  runPython,
  whyItCannotTrain,
} from './real-python.ts';

const obstacle = whyItCannotTrain();

/** What the job takes along, as it would lie on an instance. */
function workspaceOf(wish: Partial<TrainingWish>): string {
  const folder = temporaryFolder();
  const { model, dataset } = putTinyModel(folder);
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
    const training = spawn(PYTHON, ['vastdeck_train.py'], {
      ...pythonOptions(folder),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
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
    const after = runPython(folder, 'vastdeck_train.py');
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
    expect(learnedMatrices(folder, join(folder, 'model'), join(folder, 'adapter'))).toBe(4);
  }, 180_000);

  it('trains every weight, on conversations', () => {
    const folder = workspaceOf({ algorithm: 'full', evalRatio: 0.2 });
    const turn = (i: number) => [
      { from: 'human', value: `add ${i} and 1` },
      { from: 'gpt', value: String(i + 1) },
    ];
    const rows = Array.from({ length: 20 }, (_, i) => JSON.stringify({ conversations: turn(i) }));
    writeFileSync(join(folder, 'data/rows.jsonl'), rows.join('\n'));
    expect(runPython(folder, 'vastdeck_train.py')).toMatch(
      /'eval_loss'.*\n(.*\n)*Packed out\/model\.tar\.gz/,
    );
  }, 180_000);
});

it.runIf(obstacle !== undefined)(`is not tried on the real libraries here: ${obstacle}`, () => {});
