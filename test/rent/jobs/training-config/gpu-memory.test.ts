// Memory against what others measured and published. Where no source says otherwise, GB is taken for GiB, as
// nvidia-smi counts.
import { describe, expect, it } from 'vitest';
import {
  estimateGpuMemory,
  loraParameterCount,
  modelShape,
  parameterCount,
  parseTrainingConfig,
  type TrainingWish,
} from '../../../../src/rent/jobs/training-config/index.ts';

const shapeOf = (name: string) => {
  const shape = modelShape(name);
  if (!shape) throw new Error(`no shape of ${name}`);
  return shape;
};

function memoryOf(wish: Partial<TrainingWish>) {
  return estimateGpuMemory(
    parseTrainingConfig({ baseModel: 'm', datasetPath: 'd', projectName: 'p', ...wish }),
  );
}

describe('the parameters of a model', () => {
  // As the models' cards state them, in billions.
  it.each([
    ['meta-llama/Llama-2-7b-hf', 6.74],
    ['meta-llama/Llama-2-13b-hf', 13.02],
    ['meta-llama/Llama-2-70b-hf', 68.98],
    ['meta-llama/Llama-3.1-8B-Instruct', 8.03],
    ['meta-llama/Llama-3.3-70B-Instruct', 70.55],
    ['meta-llama/Llama-3.2-1B', 1.24],
    ['meta-llama/Llama-3.2-3B', 3.21],
    ['mistralai/Mistral-7B-v0.3', 7.25],
    ['Qwen/Qwen2.5-0.5B-Instruct', 0.49],
    ['Qwen/Qwen2.5-7B-Instruct', 7.62],
    ['Qwen/Qwen2.5-32B', 32.76],
    ['Qwen/Qwen3-8B', 8.19],
    ['google/gemma-2-9b-it', 9.24],
    ['TinyLlama/TinyLlama-1.1B-Chat-v1.0', 1.1],
    ['HuggingFaceTB/SmolLM2-135M', 0.135],
  ])('of %s are %d billion, within 1 %', (name, billions) => {
    const { linear, embedding } = parameterCount(shapeOf(name));
    expect(Math.abs((linear + embedding) / (billions * 1e9) - 1)).toBeLessThan(0.01);
  });

  it('are guessed from a name that says their number, and unknown where it does not', () => {
    const { linear } = parameterCount(shapeOf('somebody/brand-new-12B'));
    expect(linear / 12e9).toBeGreaterThan(0.8);
    expect(linear / 12e9).toBeLessThan(1.2);
    for (const name of ['me/mine', 'mistralai/Mixtral-8x7B', 'Qwen/Qwen3-30B-A3B'])
      expect(modelShape(name)).toBeUndefined();
  });

  // As PEFT prints them: LoRA paper's setting for LLaMA-7B, and all linear layers of two models.
  it.each([
    ['llama-7b', 8, ['q_proj', 'v_proj'], 4_194_304],
    ['Llama-2-7b', 16, 'all-linear', 39_976_960],
    ['Meta-Llama-3-8B', 16, 'all-linear', 41_943_040],
  ] as const)('that LoRA trains in %s at rank %d are counted exactly', (name, rank, targetModules, count) => {
    expect(loraParameterCount(shapeOf(name), { rank, targetModules })).toBe(count);
  });
});

describe('the memory of a training', () => {
  const LLAMA = { baseModel: 'Llama-2-7b', rank: 8 } as const;
  const QWEN = { baseModel: 'Qwen/Qwen-7B', rank: 64, batchSize: 1 } as const;
  const long = (maxSeqLength: number) =>
    ({ ...LLAMA, batchSize: 1, algorithm: 'qlora', maxSeqLength }) as const;

  it.each<[string, Partial<TrainingWish>, number]>([
    // LLaMA-Factory's wiki, "Performance comparison", April 2024: one A100, LoRA of rank 8 on all layers.
    ['LoRA, 4 × 1024 tokens', { ...LLAMA, batchSize: 4 }, 18],
    ['QLoRA, 4 × 1024 tokens', { ...LLAMA, batchSize: 4, algorithm: 'qlora' }, 9],
    ['QLoRA, 1024 tokens', long(1_024), 6],
    ['QLoRA, 2048 tokens', long(2_048), 7],
    ['QLoRA, 4096 tokens', long(4_096), 9],
    ['QLoRA, 8192 tokens', long(8_192), 12],
    ['QLoRA, 16384 tokens', long(16_384), 19],
    ['QLoRA, 32768 tokens', long(32_768), 32],
    // Qwen's README, "Profiling of memory and speed": one A100, rank 64.
    ['LoRA of Qwen-7B, 256 tokens', { ...QWEN, maxSeqLength: 256 }, 20.1],
    ['LoRA of Qwen-7B, 512 tokens', { ...QWEN, maxSeqLength: 512 }, 20.4],
    ['LoRA of Qwen-7B, 1024 tokens', { ...QWEN, maxSeqLength: 1_024 }, 21.5],
    ['LoRA of Qwen-7B, 2048 tokens', { ...QWEN, maxSeqLength: 2_048 }, 23.8],
    ['LoRA of Qwen-7B, 4096 tokens', { ...QWEN, maxSeqLength: 4_096 }, 29.7],
    ['LoRA of Qwen-7B, 8192 tokens', { ...QWEN, maxSeqLength: 8_192 }, 36.6],
    ['Q-LoRA of Qwen-7B, 256 tokens', { ...QWEN, algorithm: 'qlora', maxSeqLength: 256 }, 11.5],
    ['Q-LoRA of Qwen-7B, 512 tokens', { ...QWEN, algorithm: 'qlora', maxSeqLength: 512 }, 11.5],
    ['Q-LoRA of Qwen-7B, 1024 tokens', { ...QWEN, algorithm: 'qlora', maxSeqLength: 1_024 }, 12.3],
    ['Q-LoRA of Qwen-7B, 2048 tokens', { ...QWEN, algorithm: 'qlora', maxSeqLength: 2_048 }, 13.9],
    ['Q-LoRA of Qwen-7B, 4096 tokens', { ...QWEN, algorithm: 'qlora', maxSeqLength: 4_096 }, 16.9],
    ['Q-LoRA of Qwen-7B, 8192 tokens', { ...QWEN, algorithm: 'qlora', maxSeqLength: 8_192 }, 23.5],
    // LLaMA-Factory's README, "Hardware requirement": an estimate, as it says.
    ['full, 7B', { baseModel: 'Llama-2-7b', algorithm: 'full', batchSize: 1 }, 120],
  ])('of %s is near what was measured', (_, wish, measuredGib) => {
    // Those libraries computed the loss of all tokens at once, as ours does where the output head is adapted.
    const memory = memoryOf(wish);
    const logitsGib = memoryOf({ ...wish, targetModules: ['lm_head'] })?.parts.logitsGib ?? 0;
    const wholeGib = (memory?.totalGib ?? 0) - (memory?.parts.logitsGib ?? 0) + logitsGib;
    const ratio = wholeGib / measuredGib;
    expect(ratio).toBeGreaterThan(0.87);
    expect(ratio).toBeLessThan(1.28);
    expect(0.75 * wholeGib).toBeLessThan(measuredGib);
    expect(1.15 * wholeGib).toBeGreaterThan(measuredGib);
  });

  it('has logits of 256 tokens at most, and of all where the output head is adapted', () => {
    const logits = (wish: Partial<TrainingWish>) =>
      memoryOf({ baseModel: 'Qwen/Qwen2.5-7B', batchSize: 1, ...wish })?.parts.logitsGib;
    const of = (tokens: number) => (tokens * 152_064 * 12) / 2 ** 30;
    expect(logits({ maxSeqLength: 255 })).toBe(of(255));
    expect(logits({ maxSeqLength: 256 })).toBe(of(256));
    expect(logits({ maxSeqLength: 257 })).toBe(of(256));
    expect(logits({ maxSeqLength: 257, targetModules: ['lm_head'] })).toBe(of(257));
    expect(logits({ maxSeqLength: 4_096, engine: 'unsloth' })).toBe(of(512));
  });

  it('is the sum of its parts, less with fewer bits, and unknown for an unknown model', () => {
    const of = (wish: Partial<TrainingWish>) => memoryOf({ ...LLAMA, ...wish })?.totalGib ?? 0;
    const memory = memoryOf(LLAMA);
    const sum = Object.values(memory?.parts ?? {}).reduce((total, part) => total + part, 0);
    expect(memory?.totalGib).toBe(sum);
    expect(of({ algorithm: 'qlora' })).toBeLessThan(of({ algorithm: 'qlora', quantization: 'int8' }));
    expect(of({ algorithm: 'qlora', quantization: 'int8' })).toBeLessThan(of({}));
    expect(of({ algorithm: 'qlora', engine: 'unsloth' })).toBeLessThan(of({ algorithm: 'qlora' }));
    expect(of({ batchSize: 4 })).toBeGreaterThan(of({ batchSize: 2 }));
    expect(memoryOf({ baseModel: 'me/mine' })).toBeUndefined();
  });
});
