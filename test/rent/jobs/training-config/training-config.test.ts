// TrainingConfig: defaults and faults.
import { describe, expect, it } from 'vitest';
import {
  faultsOfLimits,
  parseTrainingConfig,
  TrainingConfigError,
} from '../../../../src/rent/jobs/training-config/index.ts';

const LEAST = { baseModel: 'Qwen/Qwen2.5-7B', datasetPath: 'rows.jsonl', projectName: 'p' };

function faultsOf(input: unknown): readonly string[] {
  try {
    parseTrainingConfig(input);
  } catch (error) {
    if (error instanceof TrainingConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('a training config', () => {
  it('needs a model, data and a name; the rest has defaults', () => {
    expect(parseTrainingConfig(LEAST)).toEqual({
      ...LEAST,
      baseModelSource: 'huggingface',
      datasetSource: 'local',
      algorithm: 'lora',
      rank: 16,
      alpha: 32,
      dropout: 0.05,
      targetModules: 'all-linear',
      quantization: 'none',
      engine: 'transformers',
      provider: 'vast',
      resourceId: 'any',
      outputDir: './outputs',
      epochs: 3,
      batchSize: 2,
      gradientAccumulation: 4,
      learningRate: 2e-4,
      warmupRatio: 0.03,
      weightDecay: 0,
      maxSeqLength: 1_024,
      evalRatio: 0,
      loggingSteps: 5,
      saveSteps: 50,
      seed: 42,
    });
    expect(parseTrainingConfig({ ...LEAST, algorithm: 'qlora' }).quantization).toBe('int4');
    expect(parseTrainingConfig({ ...LEAST, algorithm: 'full' }).learningRate).toBe(2e-5);
  });

  it('may be written with underscores', () => {
    const written = { base_model: 'm', dataset_path: 'd', project_name: 'p', target_modules: ['q_proj'] };
    expect(parseTrainingConfig(written)).toMatchObject({ baseModel: 'm', targetModules: ['q_proj'] });
  });

  it('tells all faults at once', () => {
    expect(
      faultsOf({
        projectName: '',
        algorithm: 'lara',
        ranks: 8,
        rank: 0,
        provider: 'runpod',
        targetModules: [],
        dropout: 1,
      }),
    ).toEqual([
      'baseModel is missing; it must be a model of the Hugging Face hub, like Qwen/Qwen2.5-7B, or a folder',
      'algorithm is "lara"; it must be one of lora, qlora, dora, full',
      'rank is 0; it must be a whole number from 1 to 1024, like 16',
      'dropout is 1; it must be a number from 0 to 0.9, like 0.05',
      expect.stringMatching(/^targetModules is \[\]; it must be all-linear, or a list/),
      'provider is "runpod"; it must be vast: other marketplaces are not served',
      'datasetPath is missing; it must be a file or folder of this machine, or a data set of the Hugging Face hub',
      'projectName is ""; it must be a name, like my-project',
      expect.stringMatching(/^"ranks" is not known in a training config; did you mean rank\?/),
    ]);
    expect(faultsOf(undefined)).toHaveLength(1);
  });

  it.each([
    [{ algorithm: 'qlora', quantization: 'none' }, 'qlora trains on a quantized model'],
    [{ algorithm: 'full', quantization: 'int8' }, 'full trains every weight'],
    [{ engine: 'unsloth', algorithm: 'dora' }, 'unsloth is used for lora and qlora only'],
    [{ engine: 'unsloth', resourceId: '2x H100' }, 'unsloth trains on one GPU'],
  ])('refuses %j, which cannot be', (wish, sentence) => {
    expect(faultsOf({ ...LEAST, ...wish })).toEqual([expect.stringContaining(sentence)]);
  });

  it('refuses no GPU at all', () => {
    expect(faultsOf({ ...LEAST, resourceId: '0x H100' })).toEqual([
      expect.stringContaining('resourceId is "0x H100"; it must be a GPU, with its count'),
    ]);
  });

  it('takes the same on one GPU', () => {
    expect(faultsOf({ ...LEAST, engine: 'unsloth', resourceId: '1x H100' })).toEqual([]);
  });
});

describe('the limits of a training', () => {
  it('may all be left out, or given', () => {
    expect(faultsOfLimits({})).toEqual([]);
    expect(
      faultsOfLimits({
        image: 'me/mine',
        setup: '',
        env: { A: 'b', TOKEN: { fromEnv: 'TOKEN' } },
        diskGb: 80,
        maxPricePerHour: 0.5,
        rental: 'either',
        budgetUsd: 2,
        maxDurationMs: 1_000,
        retry: { error: { forMs: undefined, times: 1 } },
        folder: '.',
        signal: new AbortController().signal,
      }),
    ).toEqual([]);
  });

  it('are told with all their faults at once, after those of the training', () => {
    const limits = {
      budgetUsd: -1,
      maxPricePerHour: 0,
      maxDurationMs: 999,
      rental: 'spot',
      maxPrice: 5,
      retry: { interruption: 'often' },
      env: { A: 5 },
    };
    const faults = faultsOfLimits(limits);
    expect(faults).toHaveLength(7);
    expect(faults.join('\n')).toMatch(/^budgetUsd is -1; it must be a number of dollars above 0$/m);
    expect(faults.join('\n')).toMatch(/^maxPricePerHour is 0; /m);
    expect(faults.join('\n')).toMatch(/^maxDurationMs is 999; /m);
    expect(faults.join('\n')).toMatch(/^rental is "spot"; it must be one of /m);
    expect(faults.join('\n')).toMatch(
      /^"maxPrice" is not known in the limits of a training; known are image/m,
    );
    expect(() => parseTrainingConfig({ ...LEAST, rank: 0 }, faults)).toThrow(
      /rank is 0; .*; .*maxPricePerHour is 0; /,
    );
  });
});
