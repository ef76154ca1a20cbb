// Writes docs/reference/job.schema.json from what the reader of job files judges by.
import { writeFileSync } from 'node:fs';
import { jobFileJsonSchema } from '../src/rent/jobs/index.ts';

writeFileSync(
  new URL('../docs/reference/job.schema.json', import.meta.url),
  `${JSON.stringify(jobFileJsonSchema(), null, 2)}\n`,
);
