// A path into a JSON object, `$.eval.acc`, `metrics[0].value`, `$['odd name']`: the part of JSONPath that names one value.

export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

const STEP = /\.?([A-Za-z_][\w-]*)|\[(\d{1,9})\]|\[(?:'([^']*)'|"([^"]*)")\]/y;

/** The steps of a path; throws a `JsonPathError` for wildcards, filters and what is none. */
export function parseJsonPath(path: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  let at = path.startsWith('$') ? 1 : 0;
  while (at < path.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    if (!match) {
      const rest = path.slice(at);
      throw new JsonPathError(
        `The path "${path}" cannot be read from "${rest}" on: write it like $.eval.acc or $.values[0]`,
      );
    }
    const [, name, index, quoted, doubleQuoted] = match;
    steps.push(index === undefined ? (name ?? quoted ?? doubleQuoted ?? '') : Number(index));
    at = STEP.lastIndex;
  }
  if (steps.length === 0)
    throw new JsonPathError(`The path "${path}" names no value: write it like $.eval.acc`);
  return steps;
}

export function valueAt(record: unknown, steps: readonly (string | number)[]): unknown {
  let value: unknown = record;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
