// A job file: YAML read, judged as a whole, and made into a job. All mistakes come at once, each with its place.
import { type Document, isMap, isScalar, LineCounter, parseDocument, Scalar, visit } from 'yaml';
import { crossFaults } from './cross-faults.ts';
import { type Finding, findingsOf, JobFileError, type JobFileFault } from './file-faults.ts';
import type { Job } from './job.ts';
import { jobFromShape } from './job-from-shape.ts';
import { allowedKeysAt } from './job-json-schema.ts';
import { jobFileSchema } from './job-schema.ts';

/** A job in YAML; `file` is how it is called in sentences. Throws JobFileError with every fault. */
export function parseJobFile(text: string, { file = 'job.yaml' }: { readonly file?: string } = {}): Job {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = [...document.errors, ...document.warnings].map(
    ({ message, pos }): JobFileFault => ({
      ...place(pos[0]),
      path: '',
      sentence: `this is no YAML: ${message}`,
    }),
  );
  // Of a file that could not be read to its end, further sentences would only confuse.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) throw new JobFileError(file, syntax);
  keepTexts(document);
  const input = toValue(document, file);
  const parsed = jobFileSchema.safeParse(input);
  const findings = [
    ...(parsed.success
      ? []
      : findingsOf(parsed.error.issues, { input, keysAt: allowedKeysAt, what: 'a job file' })),
    ...crossFaults(input),
  ];
  const faults = findings.map((finding) => ({
    ...place(offsetOf(document, finding)),
    path: finding.path.map(String).join('.'),
    sentence: finding.sentence,
  }));
  // A text that fails two conditions of its field is one fault.
  const told = new Map(
    [...syntax, ...faults].map((fault) => [`${fault.line}:${fault.column} ${fault.sentence}`, fault]),
  );
  const all = [...told.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  if (all.length > 0 || !parsed.success) throw new JobFileError(file, all);
  return jobFromShape(parsed.data);
}

/**
 * Where a text is meant, `0.60`, `1e5` and `true` are texts as well, and keep their spelling: a commit of digits
 * alone would else be a number, and `lr: 1e-4` of a matrix would reach the program as 0.0001.
 */
function keepTexts(document: Document): void {
  visit(document, {
    Scalar(key, node, path) {
      if (key === 'key' || (typeof node.value !== 'number' && typeof node.value !== 'boolean')) return;
      const names = path.flatMap((each) =>
        'key' in each && isScalar(each.key) ? [String(each.key.value)] : [],
      );
      const isText =
        TEXT_SECTIONS.includes(names[0] ?? '') ||
        (names.length === 1 && TEXT_FIELDS.includes(names[0] ?? ''));
      if (!isText || node.source === undefined) return;
      node.value = node.source;
      node.type = Scalar.QUOTE_DOUBLE;
    },
  });
}

const TEXT_SECTIONS = ['env', 'matrix', 'workdir', 'files', 'start'];
const TEXT_FIELDS = ['name', 'image', 'template', 'setup', 'run', 'log'];

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const sentence = `its anchors cannot be followed: ${(error as Error).message}`;
    throw new JobFileError(file, [{ line: 1, column: 1, path: '', sentence }]);
  }
}

/** Of the key or the value itself; where it is missing or stands elsewhere (an anchor), of what holds it. */
function offsetOf(document: Document, { path, at }: Finding): number {
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
  return path.length === 0 ? 0 : offsetOf(document, { path: path.slice(0, -1), at: 'key', sentence: '' });
}
