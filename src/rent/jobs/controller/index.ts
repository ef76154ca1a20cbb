// The controller of jobs.
export { askCancel } from './ask-cancel.ts';
export { JOB_POLICY, type JobContext, type JobPolicy, type RentingForJobs } from './context.ts';
export { createJobs } from './jobs.ts';
export type { DriveOptions, JobObserver, Jobs, RunObserver, SubmitOptions } from './jobs-api.ts';
export { createKeptFiles, jobsFolder, type KeptFiles } from './kept-files.ts';
export { jobTermName } from './lead.ts';
export { createMachinePool, type MachinePoolOptions } from './machine-pool.ts';
export { waitsForValues } from './missing-input.ts';
export { costOf, needOf, spentOf } from './money.ts';
export { createRentDesk, type RentDesk } from './rent-desk.ts';
export { runIdOf, WORKSPACE } from './run-script.ts';
export { createWorkplaces, type Workplaces } from './workplaces.ts';
