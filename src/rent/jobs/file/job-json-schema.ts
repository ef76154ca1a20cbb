// The JSON Schema of job files, for editors; and from it, which keys each section has.
import { z } from 'zod';
import { jobFileSchema } from './job-schema.ts';

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

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
  let node: SchemaNode | undefined = jobFileJsonSchema() as SchemaNode;
  for (const part of path) {
    const section: SchemaNode | undefined = sectionOf(node);
    const further: SchemaNode | boolean | undefined = section?.additionalProperties;
    node =
      section?.properties?.[String(part)] ??
      section?.items ??
      (typeof further === 'object' ? further : undefined);
  }
  return Object.keys(sectionOf(node)?.properties ?? {});
}

function sectionOf(node: SchemaNode | undefined): SchemaNode | undefined {
  if (!node || node.properties || node.items || typeof node.additionalProperties === 'object') return node;
  return node.anyOf?.find(({ properties }) => properties) ?? node;
}
