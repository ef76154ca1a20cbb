// From one file to the jobs of its matrix.
import { createHash } from 'node:crypto';
import type { Job } from './job.ts';

const LONGEST_NAME = 63;
const HASH_LENGTH = 6;

/**
 * A job for each combination, in the order of the file with the last variable changing first; the job itself where
 * there is no matrix. The values are in `env`. A name depends on its own combination alone, so that a job keeps its
 * name when others are added to or taken from the file.
 */
export function expandMatrix(job: Job): readonly Job[] {
  const variables = Object.entries(job.matrix);
  if (variables.length === 0) return [job];
  const combinations = variables.reduce<readonly Combination[]>(
    (before, [name, values]) =>
      before.flatMap((chosen) => values.map((value) => [...chosen, [name, value] as const])),
    [[]],
  );
  const plain = combinations.map((chosen) => plainName(job.name, chosen));
  return combinations.map((chosen, index) => ({
    ...job,
    name:
      plain.filter((name) => name === plain[index]).length > 1
        ? hashedName(job.name, chosen)
        : nameOf(job.name, chosen),
    group: job.name,
    matrix: {},
    env: { ...job.env, ...Object.fromEntries(chosen) },
  }));
}

type Combination = readonly (readonly [name: string, value: string])[];

function nameOf(base: string, chosen: Combination): string {
  const plain = plainName(base, chosen);
  const isPlain = plain.length <= LONGEST_NAME && chosen.every(([, value]) => legal(value) === value);
  return isPlain ? plain : hashedName(base, chosen);
}

function plainName(base: string, chosen: Combination): string {
  return [base, ...chosen.map(([name, value]) => `${legal(name)}-${legal(value)}`)].join('-');
}

/** Two values may look alike once they are made legal (`a/b`, `a-b`): what they were is kept as a hash. */
function hashedName(base: string, chosen: Combination): string {
  const hash = createHash('sha256').update(JSON.stringify(chosen)).digest('hex').slice(0, HASH_LENGTH);
  const kept = plainName(base, chosen)
    .slice(0, LONGEST_NAME - HASH_LENGTH - 1)
    .replace(/[^A-Za-z0-9]+$/, '');
  return `${kept}-${hash}`;
}

/** Begins and ends with a letter or digit, so that the parts can still be told apart. */
function legal(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9.]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
}
