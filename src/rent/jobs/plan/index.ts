// What can be known before anything is spent.
export { type Check, VERDICTS, type Verdict } from './check.ts';
export { checkDataset } from './check-dataset.ts';
export { checkEnvironment, checkRecovery } from './check-environment.ts';
export { checkSources } from './check-folders.ts';
export { checkGpuMemory, checkGpuNames } from './check-gpu.ts';
export { checkImageName, checkImageSize } from './check-image.ts';
export { checkBudget, checkCredit } from './check-money.ts';
export { checkScript } from './check-script.ts';
