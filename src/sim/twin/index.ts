// Machines of in-process worlds: RemoteShell's twin and the programs that run on it.
export { carryTwinFiles, surveyTwinCopy } from './copy-files.ts';
export { FileFault, type FileFaultCode } from './file-fault.ts';
export { type TwinFile, TwinFileSystem } from './file-system.ts';
export { createTwinMachine, type TwinMachine, type TwinMachineOptions } from './machine.ts';
export { NotInTwin, type Program, type SignalName, type TwinProcess } from './process.ts';
export {
  TRAINING_FAILURES,
  TRAINING_LOGS,
  type TrainingFailure,
  type TrainingLog,
  type TrainingRunOptions,
  trainingRun,
} from './worlds/training-run.ts';
export { type WorkerOptions, worker } from './worlds/worker.ts';
