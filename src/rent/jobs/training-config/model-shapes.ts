// The sizes of well-known language models, from which memory is reckoned. All are decoders with gated MLPs.

/** Names as in a model's config.json; `q` and `kv` are the widths of those projections. */
export interface ModelShape {
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly q: number;
  readonly kv: number;
  readonly vocabulary: number;
  readonly isTied: boolean;
  /** Guessed from the number of parameters in the model's name. */
  readonly isGuessed: boolean;
}

type Row = readonly [
  pattern: RegExp,
  layers: number,
  hidden: number,
  intermediate: number,
  q: number,
  kv: number,
  vocabulary: number,
  head?: 'tied',
];

/** From the config.json of each model on the Hugging Face hub. First match counts. */
const ROWS: readonly Row[] = [
  [/llama-?2-7b|vicuna-7b|llama-7b/, 32, 4096, 11008, 4096, 4096, 32000],
  [/llama-?2-13b|vicuna-13b|llama-13b/, 40, 5120, 13824, 5120, 5120, 32000],
  [/llama-?2-70b/, 80, 8192, 28672, 8192, 1024, 32000],
  [/llama-?3(\.\d)?-8b/, 32, 4096, 14336, 4096, 1024, 128256],
  [/llama-?3(\.\d)?-70b/, 80, 8192, 28672, 8192, 1024, 128256],
  [/llama-?3\.2-1b/, 16, 2048, 8192, 2048, 512, 128256, 'tied'],
  [/llama-?3\.2-3b/, 28, 3072, 8192, 3072, 1024, 128256, 'tied'],
  [/mistral-7b/, 32, 4096, 14336, 4096, 1024, 32768],
  [/qwen2\.5-(coder-)?0\.5b/, 24, 896, 4864, 896, 128, 151936, 'tied'],
  [/qwen2\.5-(coder-|math-)?1\.5b/, 28, 1536, 8960, 1536, 256, 151936, 'tied'],
  [/qwen2\.5-(coder-)?3b/, 36, 2048, 11008, 2048, 256, 151936, 'tied'],
  [/qwen2(\.5)?-(coder-|math-)?7b/, 28, 3584, 18944, 3584, 512, 152064],
  [/qwen2\.5-(coder-)?14b/, 48, 5120, 13824, 5120, 1024, 152064],
  [/qwen2\.5-(coder-)?32b/, 64, 5120, 27648, 5120, 1024, 152064],
  [/qwen2(\.5)?-(math-)?72b/, 80, 8192, 29568, 8192, 1024, 152064],
  [/qwen3-8b/, 36, 4096, 12288, 4096, 1024, 151936],
  [/qwen-7b/, 32, 4096, 11008, 4096, 4096, 151936],
  [/gemma-2-2b/, 26, 2304, 9216, 2048, 1024, 256000, 'tied'],
  [/gemma-2-9b/, 42, 3584, 14336, 4096, 2048, 256000, 'tied'],
  [/tinyllama-1\.1b/, 22, 2048, 5632, 2048, 256, 32000],
  [/smollm2-135m/, 30, 576, 1536, 576, 192, 49152, 'tied'],
  [/smollm2-360m/, 32, 960, 2560, 960, 320, 49152, 'tied'],
  [/smollm2-1\.7b/, 24, 2048, 8192, 2048, 2048, 49152, 'tied'],
];

/** Of a model whose name says neither: undefined. A mixture of experts is none of these. */
export function modelShape(baseModel: string): ModelShape | undefined {
  const name = baseModel.toLowerCase().split('/').at(-1)?.replaceAll('_', '-') ?? '';
  const row = ROWS.find(([pattern]) => pattern.test(name));
  if (row) {
    const [, layers, hidden, intermediate, q, kv, vocabulary, head] = row;
    return { layers, hidden, intermediate, q, kv, vocabulary, isTied: head === 'tied', isGuessed: false };
  }
  const [, digits, unit] = /(?<![\dx.])(\d+(?:\.\d+)?)(b|m)(?![a-z0-9])/.exec(name) ?? [];
  if (digits === undefined || /\dx\d|-a\d+(\.\d+)?b|moe|mixtral/.test(name)) return undefined;
  return guessShape(Number(digits) * (unit === 'b' ? 1e9 : 1e6));
}

/**
 * Large decoders have about 12·layers·hidden² parameters beside their embeddings and some 128 of width a layer
 * (Kaplan et al. 2020, equation 2.1 and their figure 5), and a large vocabulary nowadays.
 */
function guessShape(parameters: number): ModelShape {
  const hidden = Math.cbrt((128 * parameters) / 12);
  const layers = Math.max(1, Math.round(hidden / 128));
  return {
    layers,
    hidden,
    intermediate: (8 / 3) * hidden,
    q: hidden,
    kv: hidden,
    vocabulary: 128_000,
    isTied: true,
    isGuessed: true,
  };
}

export interface ParameterCount {
  /** In the linear layers of the blocks: what is quantized. */
  readonly linear: number;
  /** Embeddings and output head. */
  readonly embedding: number;
}

/** Without biases and norms, which are less than a part in a thousand. */
export function parameterCount(shape: ModelShape): ParameterCount {
  const perLayer = [...linearLayers(shape).values()].reduce(
    (sum, [inputs, outputs]) => sum + inputs * outputs,
    0,
  );
  return {
    linear: shape.layers * perLayer,
    embedding: shape.vocabulary * shape.hidden * (shape.isTied ? 1 : 2),
  };
}

/** Trained by LoRA: rank × (inputs + outputs) for each adapted layer (Hu et al. 2021). */
export function loraParameterCount(
  shape: ModelShape,
  {
    rank,
    targetModules,
  }: { readonly rank: number; readonly targetModules: 'all-linear' | readonly string[] },
): number {
  const layers = linearLayers(shape);
  const names = targetModules === 'all-linear' ? [...layers.keys()] : targetModules;
  const widths = names.map((name) => {
    const [inputs, outputs] = layers.get(name) ?? [shape.hidden, shape.hidden];
    return inputs + outputs;
  });
  return shape.layers * rank * widths.reduce((sum, width) => sum + width, 0);
}

function linearLayers({
  hidden,
  intermediate,
  q,
  kv,
}: ModelShape): ReadonlyMap<string, readonly [number, number]> {
  return new Map([
    ['q_proj', [hidden, q]],
    ['k_proj', [hidden, kv]],
    ['v_proj', [hidden, kv]],
    ['o_proj', [q, hidden]],
    ['gate_proj', [hidden, intermediate]],
    ['up_proj', [hidden, intermediate]],
    ['down_proj', [intermediate, hidden]],
  ]);
}
