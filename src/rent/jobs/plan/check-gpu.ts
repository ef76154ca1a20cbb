// Whether the GPUs asked for are any that are known, and hold the training.
import { canonicalGpuName, suggestGpuNames } from '../../../net/vast/index.ts';
import type { Job } from '../file/index.ts';
import { estimateGpuMemory, type TrainingConfig } from '../training-config/index.ts';
import type { Check } from './check.ts';

/** `learned`: names that the market has. One that nobody knows may be new: it is searched for all the same. */
export function checkGpuNames(
  { gpus }: Pick<Job['resources'], 'gpus'>,
  learned: readonly string[] = [],
): Check {
  const strange = gpus.filter((name) => canonicalGpuName(name, learned) === undefined);
  if (strange.length === 0) {
    const sentence =
      gpus.length === 0 ? 'any GPU will do' : `${gpus.join(', ')} ${gpus.length === 1 ? 'is' : 'are'} known`;
    return { name: 'gpu', verdict: 'ok', sentence };
  }
  const words = strange.map((name) => {
    const [near] = suggestGpuNames(name, { limit: 1, learned });
    return near === undefined ? `"${name}"` : `"${name}" (did you mean ${near}?)`;
  });
  return { name: 'gpu', verdict: 'warning', sentence: `not known as a GPU: ${words.join(', ')}` };
}

/** `vramGb`: nominal memory of the GPU in question, which is counted in GiB; undefined where none is chosen yet. */
export function checkGpuMemory(config: TrainingConfig, vramGb: number | undefined): Check {
  const check = (verdict: Check['verdict'], sentence: string): Check => ({
    name: 'gpu memory',
    verdict,
    sentence,
  });
  const memory = estimateGpuMemory(config);
  if (!memory) {
    return check(
      'unknown',
      `how much memory ${config.baseModel} takes is not known: its name does not say how large it is`,
    );
  }
  const { totalGib, lowGib, highGib, isGuessed, parts } = memory;
  const gb = (value: number) => value.toFixed(1);
  const range = `about ${gb(totalGib)} GB of each GPU (${gb(lowGib)} to ${gb(highGib)}${isGuessed ? ', its shape guessed from its name' : ''})`;
  const what = `${config.algorithm} of ${config.baseModel} takes ${range}: weights ${gb(parts.weightsGib)}, training ${gb(parts.trainedGib)}, activations and logits ${gb(parts.activationsGib + parts.logitsGib)}, CUDA ${gb(parts.overheadGib)}`;
  if (vramGb === undefined) return check('ok', what);
  if (lowGib > vramGb) return check('fault', `${what}; ${vramGb} GB will not hold it: ${smaller(config)}`);
  if (highGib > vramGb) return check('warning', `${what}; ${vramGb} GB may not hold it: ${smaller(config)}`);
  return check('ok', `${what}; ${vramGb} GB hold it`);
}

function smaller({ algorithm, quantization, batchSize, maxSeqLength }: TrainingConfig): string {
  if (algorithm === 'full') return 'take algorithm qlora, or larger GPUs';
  if (quantization !== 'int4') return 'take algorithm qlora with int4, or larger GPUs';
  if (batchSize > 1)
    return `take a batchSize below ${batchSize} with more gradientAccumulation, or larger GPUs`;
  return `take a maxSeqLength below ${maxSeqLength}, or larger GPUs`;
}
