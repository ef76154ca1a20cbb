// How much memory a training takes on each GPU.
//
// It is the sum of: weights (parameters × bytes, by quantization), what is trained and its optimiser, what is kept for
// the backward pass under gradient checkpointing, the logits, and what CUDA itself takes. Against twenty measurements of
// other people, listed in the test (7-B models, 256 to 32,768 tokens, LoRA and QLoRA), it comes out between 13 % below
// (LoRA of 4,096 tokens) and 28 % above (QLoRA of a large vocabulary), once the logits are counted as those libraries
// kept them, all at once. TRL 1 computes them in pieces: on a CPU 4,096 tokens of a vocabulary of 64,000 took 0.34 GB
// more with it, and 4.1 without. What a quantized model keeps unquantized is reckoned in 32 bits, as PEFT prepared it
// when those were measured; TRL 1 leaves it in 16, so there it errs on the side that costs no aborted training. Nothing
// of it was measured on a GPU of ours.
import { loraParameterCount, type ModelShape, modelShape, parameterCount } from './model-shapes.ts';
import { adaptsOutputHead, type TrainingConfig } from './training-config.ts';

export interface GpuMemory {
  /** GiB on each GPU: every one holds the whole model. */
  readonly totalGib: number;
  /** What measurements may be: from 0.75 to 1.15 of the total, and from half to double for a guessed shape. */
  readonly lowGib: number;
  readonly highGib: number;
  readonly parts: {
    readonly weightsGib: number;
    /** Trained parameters, gradients and Adam's two moments. */
    readonly trainedGib: number;
    readonly activationsGib: number;
    readonly logitsGib: number;
    readonly overheadGib: number;
  };
  readonly parameters: number;
  readonly trainedParameters: number;
  readonly isGuessed: boolean;
}

type Figures = Pick<
  TrainingConfig,
  | 'baseModel'
  | 'algorithm'
  | 'quantization'
  | 'rank'
  | 'targetModules'
  | 'batchSize'
  | 'maxSeqLength'
  | 'engine'
>;

/** NF4 with double quantization: 4 bits and 0.127 for the constants (Dettmers et al. 2023, section 3). */
const BYTES_INT4 = (4 + 0.127) / 8;
/** A float32 parameter, its gradient, and two moments of Adam in float32 (Rajbhandari et al. 2020, section 3.1). */
const BYTES_TRAINED = 16;
/** Logits in 16 bits, a float32 copy for the loss, and the gradient of each. */
const BYTES_LOGIT = 12;
/** TRL's `chunked_nll`, its default; an adapted output head is computed with all tokens at once. */
const LOSS_CHUNK_TOKENS = 256;
/** CUDA context, cuBLAS workspaces and what the allocator loses: 0.6 to 1 GB on the cards where people report it. */
const OVERHEAD_BYTES = 0.8e9;

/** Undefined where the model's name tells nothing of its size. */
export function estimateGpuMemory(config: Figures): GpuMemory | undefined {
  const shape = modelShape(config.baseModel);
  if (!shape) return undefined;
  const { linear, embedding } = parameterCount(shape);
  const isFull = config.algorithm === 'full';
  const trained = isFull
    ? linear + embedding
    : loraParameterCount(shape, config) * (config.algorithm === 'dora' ? 1.05 : 1);
  const tokens = config.batchSize * config.maxSeqLength;
  const parts = {
    weightsGib: gib(weightBytes(config, { linear, embedding })),
    trainedGib: gib(trained * BYTES_TRAINED),
    activationsGib: gib(tokens * activationBytes(shape, config)),
    logitsGib: gib(tokensAtOnce(tokens, config) * shape.vocabulary * BYTES_LOGIT),
    overheadGib: gib(OVERHEAD_BYTES),
  };
  const totalGib = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return {
    totalGib,
    lowGib: totalGib * (shape.isGuessed ? 0.5 : 0.75),
    highGib: totalGib * (shape.isGuessed ? 2 : 1.15),
    parts,
    parameters: linear + embedding,
    trainedParameters: trained,
    isGuessed: shape.isGuessed,
  };
}

/** Of those that the loss is computed of. */
function tokensAtOnce(tokens: number, { engine, targetModules }: Figures): number {
  if (engine === 'unsloth') return tokens / 8;
  return adaptsOutputHead(targetModules) ? tokens : Math.min(tokens, LOSS_CHUNK_TOKENS);
}

function weightBytes(
  { algorithm, quantization, engine }: Figures,
  { linear, embedding }: { readonly linear: number; readonly embedding: number },
): number {
  // Full training holds the float32 weights among what it trains, and casts the layers to 16 bits as it goes.
  if (algorithm === 'full') return 2 * linear;
  if (quantization === 'none') return 2 * (linear + embedding);
  // See above: 16 bits with newer libraries.
  const embeddingBytes = engine === 'unsloth' ? 2 : 4;
  return linear * (quantization === 'int8' ? 1 : BYTES_INT4) + embedding * embeddingBytes;
}

/**
 * Bytes a token: the input of each layer, kept, and everything inside of the one layer that is computed again: 16
 * bytes a unit of width and 8 a unit of the MLP. Korthikanti et al. 2022, table 2 (34 bytes a unit of width where
 * the MLP is four times as wide), without their attention scores, which fused attention does not keep.
 */
function activationBytes(shape: ModelShape, { algorithm, quantization, engine }: Figures): number {
  const isWide = algorithm === 'full' || (quantization !== 'none' && engine !== 'unsloth');
  return shape.layers * shape.hidden * (isWide ? 4 : 2) + 16 * shape.hidden + 8 * shape.intermediate;
}

function gib(bytes: number): number {
  return bytes / 2 ** 30;
}
