// The JSON Schema of vastdeck.yaml, for editors; and from it, which keys each section has.
import { z } from 'zod';
import { schemaKeysAt } from '../../../base/yaml/index.ts';
import { vastdeckYamlSchema } from './yaml-schema.ts';

/** Draft 2020-12, made from what the reader itself judges by. */
export function vastdeckYamlJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(vastdeckYamlSchema, { io: 'input' });
  return {
    $schema,
    title: 'vastdeck.yaml',
    description: 'What vastdeck is told once: who is alerted, how logs are read, what counts as unwell.',
    ...rest,
  };
}

/** The keys of the section at `path` of the file whose data is `input`. */
export function settingKeysAt(path: readonly PropertyKey[], input: unknown): readonly string[] {
  return schemaKeysAt(vastdeckYamlJsonSchema(), path, input);
}
