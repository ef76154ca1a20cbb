// The job file: read, judged, expanded, written again, and made into what the ranking looks for.
export { expandMatrix } from './expand-matrix.ts';
export { JobFileError, type JobFileFault } from './file-faults.ts';
export { formatJobFile } from './format-job-file.ts';
export { type ImageName, type ParsedImageName, parseImageName } from './image-name.ts';
export { type ImageSize, knownImageSize } from './image-size.ts';
export {
  DEFAULT_DISK_GB,
  DEFAULT_RETRY,
  type EnvValue,
  type Job,
  type JobFileSource,
  type Matrix,
  RENTAL_WISHES,
  RETRY_KINDS,
  type RentalWish,
  type Resources,
  type RetryKind,
  type RetryLimit,
  type RetryPolicy,
  type StartBy,
  type Workdir,
  type WorkSize,
} from './job.ts';
export { jobFileJsonSchema } from './job-json-schema.ts';
export { parseJobFile } from './read-job-file.ts';
export { startByMs, type UtcOffset } from './start-by.ts';
export { toNeed } from './to-need.ts';
