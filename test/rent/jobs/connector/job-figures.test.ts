// What a kept log tells, read on from where it was left.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJobFigures } from '../../../../src/rent/jobs/connector/job-figures.ts';
import { temporaryFolder } from '../../../support/stores.ts';

const NOTHING = {
  progress: null,
  epoch: null,
  totalEpochs: null,
  step: null,
  totalSteps: null,
  loss: null,
};
const line = (step: number) =>
  `{'loss': ${(2 / step).toFixed(4)}, 'grad_norm': 0.5, 'epoch': ${step / 10}, 'step': ${step}, 'max_steps': 20}\n`;

function aJob() {
  const folder = temporaryFolder();
  const fileOf = (attempt: number) => join(folder, `${attempt}.log`);
  return { fileOf, figures: createJobFigures({ logFile: (_, attempt) => fileOf(attempt) }) };
}

describe('the figures of a job', () => {
  it('are unknown before there is a log', async () => {
    const { figures } = aJob();
    expect(await figures.read({ id: 'job_1', attempt: 0 })).toEqual(NOTHING);
    expect(await figures.read({ id: 'job_1', attempt: 1 })).toEqual(NOTHING);
  });

  it('grow with it, a line that came in two pieces among them', async () => {
    const { fileOf, figures } = aJob();
    writeFileSync(fileOf(1), `hello\n${line(1)}${line(2).slice(0, 9)}`);
    expect(await figures.read({ id: 'job_1', attempt: 1 })).toMatchObject({
      step: 1,
      loss: 2,
      progress: 0.05,
    });
    appendFileSync(fileOf(1), line(2).slice(9));
    expect(await figures.read({ id: 'job_1', attempt: 1 })).toMatchObject({
      step: 2,
      totalSteps: 20,
      loss: 1,
      progress: 0.1,
    });
  });

  it('go on over attempts, though the second begins before the first one ended', async () => {
    const { fileOf, figures } = aJob();
    writeFileSync(fileOf(1), line(8) + line(9));
    await figures.read({ id: 'job_1', attempt: 1 });
    writeFileSync(fileOf(2), `Resuming from out/ckpt-5\n${line(6)}`);
    expect(await figures.read({ id: 'job_1', attempt: 2 })).toMatchObject({ step: 6, progress: 0.3 });
  });

  it('are the same for two who ask at once, and for jobs each their own', async () => {
    const { fileOf, figures } = aJob();
    writeFileSync(fileOf(1), line(4) + line(5).slice(0, 20));
    const both = await Promise.all([1, 2].map(() => figures.read({ id: 'job_1', attempt: 1 })));
    expect(both[0]).toEqual(both[1]);
    expect(both[0]).toMatchObject({ step: 4, loss: 0.5 });
    // Neither has read the half line twice.
    appendFileSync(fileOf(1), line(5).slice(20));
    expect(await figures.read({ id: 'job_1', attempt: 1 })).toMatchObject({ step: 5, loss: 0.4 });
    expect(await figures.read({ id: 'job_2', attempt: 1 })).toMatchObject({ step: 5 });
  });
});
