// The JSON Schema of job files, for editors; and from it, which keys each section has.
import { z } from 'zod';
import { schemaKeysAt } from '../../../base/yaml/index.ts';
import { jobFileSchema } from './job-schema.ts';

/** Draft 2020-12, made from what the reader itself judges by. */
export function jobFileJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(jobFileSchema, { io: 'input' });
  return {
    $schema,
    title: 'vastdeck job',
    description: 'A job that vastdeck rents a machine for, runs, recovers and fetches the results of.',
    ...rest,
    anyOf: [{ required: ['image'] }, { required: ['template'] }],
  };
}

/** The keys of the section at `path`; empty where none is. */
export function allowedKeysAt(path: readonly PropertyKey[]): readonly string[] {
  return schemaKeysAt(jobFileJsonSchema(), path);
}
