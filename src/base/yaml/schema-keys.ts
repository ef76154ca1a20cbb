// Which keys a section may have, out of the JSON Schema that editors are given.

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly const?: unknown;
}

/**
 * The keys of the section at `path` of a document; empty where the schema has none. Of several forms that a section may
 * have, `input` tells which is meant, by the field in which each has a fixed word (`type`); else it is the first.
 */
export function schemaKeysAt(
  schema: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  input?: unknown,
): readonly string[] {
  let node: SchemaNode | undefined = schema as SchemaNode;
  let value = input;
  for (const part of path) {
    const section: SchemaNode | undefined = sectionOf(node, value);
    const further: SchemaNode | boolean | undefined = section?.additionalProperties;
    node =
      section?.properties?.[String(part)] ??
      section?.items ??
      (typeof further === 'object' ? further : undefined);
    value =
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined;
  }
  return Object.keys(sectionOf(node, value)?.properties ?? {});
}

function sectionOf(node: SchemaNode | undefined, value: unknown): SchemaNode | undefined {
  if (!node || node.properties || node.items || typeof node.additionalProperties === 'object') return node;
  const forms = (node.anyOf ?? node.oneOf ?? []).filter(({ properties }) => properties);
  return forms.find((form) => isMeant(form, value)) ?? forms[0] ?? node;
}

function isMeant({ properties = {} }: SchemaNode, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(properties).some(
    ([name, field]) => field.const !== undefined && field.const === fields[name],
  );
}
