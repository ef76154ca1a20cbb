// Jobs: from the file to the results.
export { jobFileJsonSchema } from './file/index.ts';
