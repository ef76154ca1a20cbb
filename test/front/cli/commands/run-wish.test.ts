// `vastdeck run` without a file: the job that its flags make, and the file that would have made it.
import { describe, expect, it } from 'vitest';
import { createRandom, microUsd } from '../../../../src/base/std/index.ts';
import { readRunWish } from '../../../../src/front/cli/commands/run-wish.ts';
import type { Flags } from '../../../../src/front/cli/flags.ts';
import { formatJobFile, parseJobFile } from '../../../../src/rent/jobs/index.ts';

const wish = (flags: Flags, command = 'python3 train.py') =>
  readRunWish({ gpu: 'any', ...flags }, { command, random: createRandom('run') });

describe('The flags of run', () => {
  it('make a job whose file makes the same job again', () => {
    const job = wish({
      gpu: 'rtx4090, RTX 3090',
      name: 'try-1',
      count: '2',
      disk: '40GB',
      vram: '24GB',
      region: 'EU,US',
      reliability: '0.98',
      datacenter: true,
      unverified: true,
      maxPrice: '0.6',
      interruptible: true,
      image: 'python:3.13',
      workdir: './code',
      setup: 'pip list',
      env: ['LR=1e-4', 'HF_TOKEN', 'EMPTY='],
      checkpoint: ['out/ckpt-*'],
      artifact: ['out/**', 'log.txt'],
      maxDuration: '90m',
      budget: '2.5',
      stopOnNan: true,
    });
    expect(job).toMatchObject({
      name: 'try-1',
      env: { LR: '1e-4', HF_TOKEN: { fromEnv: 'HF_TOKEN' }, EMPTY: '' },
      resources: { gpus: ['RTX 4090', 'RTX 3090'], count: 2, rental: 'interruptible', maxPricePerHour: 0.6 },
      maxDurationMs: 5_400_000,
      budget: microUsd(2.5),
    });
    expect(parseJobFile(formatJobFile(job))).toEqual(job);
  });

  it('need a GPU and a command, and leave all else to the defaults', () => {
    const job = wish({});
    expect(job).toMatchObject({ image: 'pytorch/pytorch:latest', artifacts: [], maxDurationMs: undefined });
    expect(parseJobFile(formatJobFile(job))).toEqual(job);
    expect(wish({ template: 'a'.repeat(32) })).toMatchObject({ image: undefined });
  });

  it.each([
    ['python3 src/train.py --epochs 3', /^train-[a-z0-9]{4}$/],
    ['/usr/bin/nvidia-smi', /^nvidia-smi-[a-z0-9]{4}$/],
    ['for i in 1 2; do echo $i; done', /^for-[a-z0-9]{4}$/],
    ['"$HOME"/', /^run-[a-z0-9]{4}$/],
  ])('name a job that runs %s after it', (command, name) => {
    expect(wish({}, command).name).toMatch(name);
  });

  it.each([
    [{ gpu: ' ' }, /Say which GPU/],
    [{ name: 'a b' }, /--name "a b" will not do/],
    [{ name: `a${'b'.repeat(63)}` }, /will not do/],
    [{ env: ['1A=x'] }, /--env is NAME=value/],
    [{ maxDuration: '59s' }, /--max-duration 59s is shorter than 1m/],
    [{ count: '0' }, /--count "0"/],
    [{ budget: 'much' }, /--budget "much"/],
    [{ template: 'a'.repeat(32), image: 'b' }, /give one/],
  ])('%j is refused with a sentence', (flags, sentence) => {
    expect(() => wish(flags)).toThrow(sentence);
  });

  it('at the limits are taken, and no value of a secret is in the sentence', () => {
    expect(wish({ name: `a${'b'.repeat(62)}`, maxDuration: '60s' }).maxDurationMs).toBe(60_000);
    expect(() => wish({}, ' ')).toThrow(/What is to be run is missing/);
    expect(() => wish({ env: ['MY-KEY=secret123'] })).toThrow(/^(?!.*secret123)/);
  });
});
