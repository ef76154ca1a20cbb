// The Python that trains: settings of this one training on top, and below them only what it needs. People read it,
// change it and run it by hand.
import { pythonLiteral } from './python-literal.ts';
import { FILES, HEAD, training } from './script-frame.ts';
import { adapterModel, FULL_MODEL, UNSLOTH_MODEL } from './script-model.ts';
import { ROWS, UNSLOTH_ROWS } from './script-rows.ts';
import { adaptsOutputHead, LINEAR_MODULES, type TrainingConfig } from './training-config.ts';

export interface ScriptPlaces {
  /** A name of the hub, or a path below the workspace. */
  readonly model: string;
  readonly dataset: string;
}

/** Where it leaves what it made, below the workspace. */
export const CHECKPOINT_PATTERN = 'out/ckpt-*';

export function packageName({ algorithm }: Pick<TrainingConfig, 'algorithm'>): string {
  return algorithm === 'full' ? 'model.tar.gz' : 'adapter.tar.gz';
}

/** The script's text. It needs nothing beside the packages of `setupCommands`. */
export function trainingScript(config: TrainingConfig, places: ScriptPlaces): string {
  const isUnsloth = config.engine === 'unsloth';
  const model = isUnsloth ? UNSLOTH_MODEL : config.algorithm === 'full' ? FULL_MODEL : adapterModel(config);
  const hasWholeLoss = !isUnsloth && config.algorithm !== 'full' && adaptsOutputHead(config.targetModules);
  return [
    HEAD,
    settings(config, places),
    FILES,
    isUnsloth ? UNSLOTH_ROWS : ROWS,
    model,
    training({ hasWholeLoss }),
  ].join('\n\n');
}

function settings(config: TrainingConfig, places: ScriptPlaces): string {
  const modules =
    config.engine === 'unsloth' && config.targetModules === 'all-linear'
      ? LINEAR_MODULES
      : config.targetModules;
  const isFull = config.algorithm === 'full';
  return `SETTINGS = ${pythonLiteral({
    project: config.projectName,
    algorithm: config.algorithm,
    model: places.model,
    dataset: places.dataset,
    dataset_source: config.datasetSource,
    quantization: config.quantization,
    ...(!isFull && {
      rank: config.rank,
      alpha: config.alpha,
      dropout: config.dropout,
      target_modules: modules,
    }),
    epochs: config.epochs,
    max_steps: config.maxSteps ?? -1,
    batch_size: config.batchSize,
    gradient_accumulation: config.gradientAccumulation,
    learning_rate: config.learningRate,
    warmup_ratio: config.warmupRatio,
    weight_decay: config.weightDecay,
    max_seq_length: config.maxSeqLength,
    eval_ratio: config.evalRatio,
    logging_steps: config.loggingSteps,
    save_steps: config.saveSteps,
    seed: config.seed,
    package: packageName(config),
  })}\n`;
}
