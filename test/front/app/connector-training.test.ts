// The whole way of a training on the real libraries: from `connect` to an adapter that PEFT loads, with the machine outbid
// in the middle and another one that goes on from the checkpoint.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { PacedClock, systemClock } from '../../../src/base/std/index.ts';
import { connect } from '../../../src/front/app/connector.ts';
import { summarizeLog } from '../../../src/rent/training/index.ts';
import {
  learnedMatrices,
  PYTHON,
  putTinyModel,
  whyItCannotTrain,
} from '../../rent/jobs/training-config/real-python.ts';
import { aTrainingMarket } from './a-training-market.ts';

const obstacle = whyItCannotTrain();
const STEPS = 80;

it.skipIf(obstacle !== undefined)(
  'a training that is outbid goes on elsewhere from its checkpoint, to an adapter that PEFT loads',
  async () => {
    // Whoever outbids stays ten minutes at least, which is longer than the job waits: 30 s here, and 18.
    await using market = await aTrainingMarket({ python: PYTHON, speed: 20 });
    const { apiKey, baseUrl, folder, sim } = market;
    const { model } = putTinyModel(folder);
    const clock = new PacedClock({ base: systemClock(), speed: 10 });
    const home = join(folder, 'home');
    await using vast = await connect({ apiKey, baseUrl, home, folder, clock });
    const id = await vast.submitJob(
      {
        baseModel: model,
        baseModelSource: 'local',
        datasetPath: 'rows.jsonl',
        projectName: 'tiny',
        resourceId: '1x RTX 4090',
        maxSteps: STEPS,
        // Half a second each: there is time to be outbid.
        gradientAccumulation: 32,
        saveSteps: 4,
        loggingSteps: 1,
        maxSeqLength: 64,
      },
      {
        setup: 'python3 --version',
        env: { HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' },
        rental: 'interruptible',
        budgetUsd: 2,
        maxDurationMs: 3_600_000,
      },
    );
    const copies = join(home, 'jobs', id, 'checkpoints');
    const isCopied = () => existsSync(copies) && readdirSync(copies).some((name) => /^\d+$/.test(name));
    const lines: string[] = [];
    let first: number | null = null;
    for await (const line of vast.streamLogs(id)) {
      lines.push(line);
      if (first !== null || !isCopied()) continue;
      first = (await vast.getJobStatus(id)).instanceId;
      if (first === null) throw new Error('A training that runs has no machine');
      sim.fail('outbid-wave', { id: first });
    }

    const { status, reason, attempt, step, progress } = await vast.getJobStatus(id);
    expect({ status, reason, attempt, step, progress }).toMatchObject({
      status: 'succeeded',
      attempt: 2,
      step: STEPS,
      progress: 1,
    });
    const rented = sim.truth.instances();
    expect(rented.map(({ destroyedMs }) => destroyedMs === undefined)).toEqual([false, false]);
    expect(new Set(rented.map(({ machineId }) => machineId)).size).toBe(2);

    const resumed = lines.findIndex((line) => line.startsWith('Resuming from out/ckpt-'));
    const from = Number(lines[resumed]?.split('-').at(-1));
    const stepsOf = (part: readonly string[]) =>
      part.flatMap((line) => /'loss': .*'step': (\d+),/.exec(line)?.[1] ?? []).map(Number);
    const upTo = (last: number, begin = 1) => Array.from({ length: last - begin + 1 }, (_, i) => begin + i);
    const before = stepsOf(lines.slice(0, resumed));
    expect(before).toEqual(upTo(before.length));
    expect(from).toBeGreaterThan(0);
    expect(from).toBeLessThanOrEqual(before.length);
    expect(stepsOf(lines.slice(resumed))).toEqual(upTo(STEPS, from + 1));
    const [summary] = summarizeLog([Buffer.from(lines.join('\n'))]);
    expect(summary).toMatchObject({ format: 'hf-trainer', step: STEPS, totalSteps: STEPS });

    const packed = await vast.fetchArtifact(id);
    execFileSync('tar', ['xzf', packed], { cwd: dirname(packed) });
    // Two layers with seven adapted projections each.
    expect(learnedMatrices(folder, model, join(dirname(packed), 'adapter'))).toBe(14);
  },
  480_000,
);

it.runIf(obstacle !== undefined)(`a training on the real libraries is not run here: ${obstacle}`, () => {});
