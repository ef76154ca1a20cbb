// What is wrong with a job file, as sentences with their place in it.
import type { YamlFault } from '../../../base/yaml/index.ts';

export type JobFileFault = YamlFault;

/** A job file that cannot be used, with every reason. */
export class JobFileError extends Error {
  override name = 'JobFileError';
  readonly faults: readonly JobFileFault[];

  constructor(file: string, faults: readonly JobFileFault[]) {
    const lines = faults.map(({ line, column, sentence }) => `  ${file}:${line}:${column}: ${sentence}`);
    super(`${file} is no job that can be run:\n${lines.join('\n')}`);
    this.faults = faults;
  }
}
