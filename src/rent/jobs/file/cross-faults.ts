// Faults of two fields together. Judged on the file as written, so that they come along with all others.
import { type Finding, valueAt } from '../../../base/yaml/index.ts';

/** The program itself sets these. */
const RESERVED = /^(WORKSPACE$|VASTDECK_|VAST_)/;
export const MOST_JOBS = 1_000;

export function crossFaults(input: unknown): Finding[] {
  if (!isSection(input)) return [];
  return [...environmentFaults(input), ...lostNames(input), ...variableFaults(input), ...matrixFaults(input)];
}

function environmentFaults(input: Section): Finding[] {
  if (input.image !== undefined && input.template !== undefined) {
    const sentence = 'template stands beside image; keep one of them: a template brings its own image';
    return [{ path: ['template'], at: 'key', sentence }];
  }
  if (input.image !== undefined || input.template !== undefined) return [];
  const sentence = 'image is missing; write image: pytorch/pytorch:latest, or template: HASH';
  return [{ path: ['image'], at: 'value', sentence }];
}

/** The one name that objects of the language do not keep: it would be left out without a word. */
function lostNames(input: Section): Finding[] {
  return ['env', 'matrix', 'files']
    .filter((section) => keysOf(input[section]).includes('__proto__'))
    .map((section) => ({
      path: [section, '__proto__'],
      at: 'key',
      sentence: `${section}.__proto__ cannot be kept under that name; give it another name`,
    }));
}

function variableFaults(input: Section): Finding[] {
  return ['env', 'matrix'].flatMap((section) =>
    keysOf(input[section]).flatMap((name): Finding[] => {
      if (RESERVED.test(name)) {
        const sentence = `${section}.${name} is set by vastdeck itself; give it another name`;
        return [{ path: [section, name], at: 'key', sentence }];
      }
      if (section === 'matrix' && keysOf(input.env).includes(name)) {
        const sentence = `matrix.${name} is in env too; keep one of them`;
        return [{ path: [section, name], at: 'key', sentence }];
      }
      return [];
    }),
  );
}

function matrixFaults(input: Section): Finding[] {
  const lists = keysOf(input.matrix).map((name) => [name, valueAt(input, ['matrix', name])] as const);
  const jobs = lists.reduce((product, [, list]) => product * (Array.isArray(list) ? list.length : 1), 1);
  const faults: Finding[] = [];
  if (jobs > MOST_JOBS) {
    const sentence = `matrix makes ${jobs} jobs; at most ${MOST_JOBS} are submitted at once`;
    faults.push({ path: ['matrix'], at: 'key', sentence });
  }
  for (const [name, list] of lists) {
    const twice = Array.isArray(list) ? list.findIndex((value, index) => list.indexOf(value) !== index) : -1;
    if (twice < 0) continue;
    const sentence = `matrix.${name} has ${JSON.stringify(valueAt(list, [twice]))} twice; each value makes one job`;
    faults.push({ path: ['matrix', name, twice], at: 'value', sentence });
  }
  return faults;
}

type Section = Readonly<Record<string, unknown>>;

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keysOf(value: unknown): readonly string[] {
  return isSection(value) ? Object.keys(value) : [];
}
