// Trainings: the connector's configuration, the memory that it takes, and the job that it becomes.
export { estimateGpuMemory, type GpuMemory } from './gpu-memory.ts';
export { faultsOfLimits } from './limits.ts';
export { loraParameterCount, type ModelShape, modelShape, parameterCount } from './model-shapes.ts';
export { type TrainingJobOptions, toJob } from './to-job.ts';
export {
  ALGORITHMS,
  type Algorithm,
  parseTrainingConfig,
  QUANTIZATIONS,
  type Quantization,
  type TrainingConfig,
  TrainingConfigError,
  type TrainingWish,
} from './training-config.ts';
