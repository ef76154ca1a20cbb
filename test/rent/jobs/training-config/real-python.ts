// The Python that has the libraries of trainings: the machine's own, or the one that VASTDECK_TEST_PYTHON names. `.ci/run`
// makes one where pip can.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PYTHON = process.env.VASTDECK_TEST_PYTHON ?? 'python3';
const LIBRARIES = ['torch', 'transformers', 'peft', 'trl', 'datasets'];
const TINY_MODEL = fileURLToPath(new URL('tiny-model.py', import.meta.url));

/** Undefined where it can. */
export function whyItCannotTrain(): string | undefined {
  const look = `import importlib.util as u; print(*[n for n in ${JSON.stringify(LIBRARIES)} if not u.find_spec(n)])`;
  const { status, stdout, error } = spawnSync(PYTHON, ['-c', look], { encoding: 'utf8' });
  if (status !== 0) return `${PYTHON} does not run (${error?.message ?? status})`;
  return stdout.trim() === '' ? undefined : `${PYTHON} has no ${stdout.trim().replaceAll(' ', ', ')}`;
}

/** What a Python is run with: nothing of the hub is asked, and other tests want the processor too. */
export function pythonOptions(folder: string) {
  return {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      WORKSPACE: folder,
      HF_HUB_OFFLINE: '1',
      OMP_NUM_THREADS: '1',
    },
  };
}

export function runPython(folder: string, ...args: readonly string[]): string {
  return execFileSync(PYTHON, args, {
    ...pythonOptions(folder),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A folder `tiny` with a model of random weights, and `rows.jsonl`. */
export function putTinyModel(folder: string): { readonly model: string; readonly dataset: string } {
  const model = join(folder, 'tiny');
  runPython(folder, TINY_MODEL, 'make', model);
  const dataset = join(folder, 'rows.jsonl');
  const rows = Array.from({ length: 40 }, (_, i) => ({
    instruction: `add ${i} and 1`,
    output: String(i + 1),
  }));
  writeFileSync(dataset, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { model, dataset };
}

/** How many matrices of the adapter have learned, as PEFT loads it. */
export function learnedMatrices(folder: string, model: string, adapter: string): number {
  return Number(runPython(folder, TINY_MODEL, 'load', model, adapter).trim());
}
