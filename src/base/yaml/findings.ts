// What is wrong with settings that a person wrote, as sentences, from what a zod schema says of them.
import type { z } from 'zod';
import { nearest } from '../std/index.ts';

/** A fault that is not placed yet: `key` when it is about the key at `path` and not about its value. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly at: 'key' | 'value';
  readonly sentence: string;
}

export interface Judged {
  readonly input: unknown;
  /** What it is, like `a job file`. */
  readonly what: string;
  /** The keys that are allowed in the section at `path`. */
  readonly keysAt: (path: readonly PropertyKey[]) => readonly string[];
}

/** Of a schema whose every error is the phrase that completes "it must be …". */
export function findingsOf(issues: readonly z.core.$ZodIssue[], judged: Judged): Finding[] {
  return issues.flatMap((issue) => findingsOfIssue(issue, issue.path, judged));
}

function findingsOfIssue(issue: z.core.$ZodIssue, path: readonly PropertyKey[], judged: Judged): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = judged.keysAt(path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      sentence: unknownKey(key, path, { known, what: judged.what }),
    }));
  }
  if (issue.code === 'invalid_union') {
    // The one form that was meant: the others fail at once, by the kind of the value.
    const meant = issue.errors.filter((branch) =>
      branch.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
    );
    const [branch] = meant;
    if (branch && meant.length === 1) {
      return branch.flatMap((inner) => findingsOfIssue(inner, [...path, ...inner.path], judged));
    }
  }
  const name = formatPath(path);
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    return [
      {
        path,
        at: 'key',
        sentence: `${quoteValue(key)} in ${formatPath(path.slice(0, -1))} must be ${issue.issues[0]?.message}`,
      },
    ];
  }
  const value = valueAt(judged.input, path);
  if (value === undefined)
    return [{ path, at: 'value', sentence: `${name} is missing; it must be ${issue.message}` }];
  const found = value === null ? 'empty' : quoteValue(value);
  return [{ path, at: 'value', sentence: `${name || judged.what} is ${found}; it must be ${issue.message}` }];
}

/** `max-price` and `Max_Price` are near `max_price`, and `maxPrice` too. */
function foldKey(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '');
}

/** `"colour" is not known in a job file; did you mean color? (known are …)` */
export function unknownKey(
  key: string,
  path: readonly PropertyKey[],
  { known, what }: { readonly known: readonly string[]; readonly what: string },
): string {
  const where = path.length === 0 ? `in ${what}` : `in ${formatPath(path)}`;
  const [near] = nearest(key, known, { limit: 1, fold: foldKey });
  const others = `known are ${known.join(', ')}`;
  return `${quoteValue(key)} is not known ${where}; ${near === undefined ? others : `did you mean ${near}? (${others})`}`;
}

/** `resources.ports[0]` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    input,
  );
}

const LONGEST_QUOTE = 60;

/** As JSON, cut to what a sentence bears. */
export function quoteValue(value: unknown): string {
  // JSON has no word for what is no number.
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return json.length > LONGEST_QUOTE ? `${json.slice(0, LONGEST_QUOTE)}…` : json;
}
