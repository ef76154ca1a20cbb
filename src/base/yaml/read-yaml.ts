// YAML that a person wrote, with the place of everything in it: all that is wrong is told at once, by line and column.
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Finding } from './findings.ts';

export interface YamlPlace {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface YamlFault extends YamlPlace {
  /** Where in the file, like `resources.gpu`; empty for the file as a whole. */
  readonly path: string;
  readonly sentence: string;
}

export interface YamlText {
  /** As plain data; undefined where the file cannot be read to its end, and null of an empty one. */
  readonly value: unknown;
  /** What is no YAML in it. Where `value` is undefined, further sentences would only confuse. */
  readonly faults: readonly YamlFault[];
  /** Of the key or the value; where it is missing or stands elsewhere (an anchor), of what holds it. */
  placeOf(path: readonly PropertyKey[], at: Finding['at']): YamlPlace;
  /** These with their places, and the faults above, in the order of the file; what is told twice is told once. */
  place(findings: readonly Finding[]): readonly YamlFault[];
}

export interface ReadYamlOptions {
  /** May change scalars before they become data. */
  readonly prepare?: (document: Document) => void;
}

export function readYaml(text: string, { prepare }: ReadYamlOptions = {}): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  const placeAt = (offset: number): YamlPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...document.errors, ...document.warnings].map(
    ({ message, pos }): YamlFault => ({
      ...placeAt(pos[0]),
      path: '',
      sentence: `this is no YAML: ${message}`,
    }),
  );
  let value: unknown;
  if (document.errors.every(({ code }) => code === 'DUPLICATE_KEY')) {
    prepare?.(document);
    try {
      value = document.toJS({ maxAliasCount: 100 }) ?? null;
    } catch (error) {
      const sentence = `its anchors cannot be followed: ${(error as Error).message}`;
      faults.push({ line: 1, column: 1, path: '', sentence });
    }
  }
  const placeOf = (path: readonly PropertyKey[], at: Finding['at']) => placeAt(offsetOf(document, path, at));
  return {
    value,
    faults,
    placeOf,
    place(findings) {
      const placed = findings.map(({ path, at, sentence }) => ({
        ...placeOf(path, at),
        path: path.map(String).join('.'),
        sentence,
      }));
      // A text that fails two conditions of its field is one fault.
      const told = new Map(
        [...faults, ...placed].map((fault) => [`${fault.line}:${fault.column} ${fault.sentence}`, fault]),
      );
      return [...told.values()].sort((a, b) => a.line - b.line || a.column - b.column);
    },
  };
}

function offsetOf(document: Document, path: readonly PropertyKey[], at: Finding['at']): number {
  const value = path.length === 0 ? document.contents : document.getIn(path, true);
  if (at === 'key' || !value) {
    const holder = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const pair = isMap(holder)
      ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
      : undefined;
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  const { range } = (value ?? {}) as { readonly range?: readonly number[] | null };
  if (range?.[0] !== undefined) return range[0];
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1), 'key');
}
