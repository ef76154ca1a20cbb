// Writing a job as a file, and making the jobs of a matrix.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microUsd } from '../../../../src/base/std/index.ts';
import { expandMatrix, formatJobFile, type Job, parseJobFile } from '../../../../src/rent/jobs/file/index.ts';
import { aJob } from '../a-job.ts';

const again = (job: Job) => parseJobFile(formatJobFile(job));

describe('a job written as a file', () => {
  it('is the same job when it is read', () => {
    const full = aJob({
      image: undefined,
      templateHash: '0'.repeat(32),
      workdir: { kind: 'git', url: 'https://github.com/me/x.git', commit: '1'.repeat(40) },
      files: {
        'train.py': { kind: 'text', text: 'print("a")\n\n  # b\n' },
        data: { kind: 'path', path: '/data' },
      },
      resources: {
        gpus: [],
        count: 4,
        diskGb: 21.47483648,
        vramGb: 24,
        cuda: 12.4,
        regions: ['EU', 'NO'],
        reliability: 0.9,
        verification: 'not-deverified',
        isDatacenter: false,
        maxPricePerHour: 0.1,
        maxPricePerGpuHour: 0.05,
        rental: 'either',
        ports: ['8000', '1/udp'],
      },
      work: { hours: 1.5, referenceGpu: 'RTX 3090', checkpointGb: 0.25, checkpointS: 0.5 },
      maxDurationMs: 90_001,
      budget: microUsd(0.000001),
      retry: {
        no_capacity: { forMs: undefined, times: 3 },
        interruption: { forMs: 1_000, times: 2 },
        error: { forMs: 5_000, times: undefined },
      },
      matrix: { LR: ['0.10', '1e-4'], NAME: ['yes', 'null'] },
      startBy: { kind: 'time-of-day', minutes: 65 },
      stopsOnNan: true,
      compresses: false,
      log: 'out/log.txt',
    });
    expect(again(full)).toEqual(full);
    expect(again(aJob())).toEqual(aJob());
  });

  it('keeps commands and texts letter for letter, and says nothing that is the default', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((value) => value.isWellFormed());
    const lines = fc.array(text, { minLength: 1, maxLength: 4 }).map((each) => each.join('\n'));
    fc.assert(
      fc.property(lines, lines, text, (run, content, value) => {
        const job = aJob({ run, files: { f: { kind: 'text', text: content } }, env: { A: value } });
        expect(again(job)).toEqual(job);
      }),
      { seed: 7, numRuns: 300 },
    );
    expect(formatJobFile(aJob({ env: {} }))).not.toMatch(/retry|env|count|matrix/);
  });
});

describe('a matrix', () => {
  it('makes a job for each combination, under the name and budget of the file', () => {
    const jobs = expandMatrix(aJob({ matrix: { LR: ['1e-4', '3e-4'], SEED: ['1', '2'] } }));
    expect(jobs.map(({ name }) => name)).toEqual([
      'tiny-train-LR-1e-4-SEED-1',
      'tiny-train-LR-1e-4-SEED-2',
      'tiny-train-LR-3e-4-SEED-1',
      'tiny-train-LR-3e-4-SEED-2',
    ]);
    expect(jobs[3]).toMatchObject({
      group: 'tiny-train',
      budget: 2_000_000,
      matrix: {},
      env: { LR: '3e-4', SEED: '2', HF_TOKEN: { fromEnv: 'HF_TOKEN' } },
    });
    expect(expandMatrix(aJob())).toEqual([aJob()]);
  });

  it('names each job for its own values alone, legally and each differently', () => {
    const nameOf = (values: readonly string[], value: string) =>
      expandMatrix(aJob({ matrix: { M: values } }))[values.indexOf(value)]?.name;
    expect(nameOf(['a/b', 'a-b', 'x'], 'a/b')).toBe(nameOf(['a/b'], 'a/b'));
    const awkward = ['a/b', 'a b', '', ' ', 'ü', 'x'.repeat(80), `${'x'.repeat(80)}y`, '-', '../..'];
    const jobs = expandMatrix(aJob({ matrix: { A: awkward, B: ['x-B-y', 'y'] } }));
    expect(new Set(jobs.map(({ name }) => name)).size).toBe(18);
    for (const job of jobs) expect(again({ ...job, group: job.name }).name).toBe(job.name);
    const twins = expandMatrix(aJob({ matrix: { A: ['x', 'x-B-y'], B: ['y-B-z', 'z'] } }));
    expect(new Set(twins.map(({ name }) => name)).size).toBe(4);
  });
});
