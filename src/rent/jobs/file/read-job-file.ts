// A job file: YAML read, judged as a whole, and made into a job. All mistakes come at once, each with its place.
import { type Document, isScalar, Scalar, visit } from 'yaml';
import { findingsOf, readYaml } from '../../../base/yaml/index.ts';
import { crossFaults } from './cross-faults.ts';
import { JobFileError } from './file-faults.ts';
import type { Job } from './job.ts';
import { jobFromShape } from './job-from-shape.ts';
import { allowedKeysAt } from './job-json-schema.ts';
import { jobFileSchema } from './job-schema.ts';

/** A job in YAML; `file` is how it is called in sentences. Throws JobFileError with every fault. */
export function parseJobFile(text: string, { file = 'job.yaml' }: { readonly file?: string } = {}): Job {
  const yaml = readYaml(text, { prepare: keepTexts });
  if (yaml.value === undefined) throw new JobFileError(file, yaml.faults);
  const parsed = jobFileSchema.safeParse(yaml.value);
  const faults = yaml.place([
    ...(parsed.success
      ? []
      : findingsOf(parsed.error.issues, { input: yaml.value, keysAt: allowedKeysAt, what: 'a job file' })),
    ...crossFaults(yaml.value),
  ]);
  if (faults.length > 0 || !parsed.success) throw new JobFileError(file, faults);
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
