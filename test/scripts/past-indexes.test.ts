// Goal: of a folder that is entered by its index, a bundle's entry loads what it names and nothing that others name.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildFailure, build } from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pastIndexes } from '../../scripts/past-indexes.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vd-past-indexes-'));
  write('src/a/index.ts', [
    "export { one, type Shape, two as second } from './parts.ts';",
    'export {',
    '  deep,',
    '  heavy,',
    "} from './inner/index.ts';",
  ]);
  write('src/a/parts.ts', [
    'export interface Shape {}',
    'export const one = 1;',
    'export function two() { return 2; }',
  ]);
  write('src/a/inner/index.ts', ["export { deep } from './deep.ts';", "export { heavy } from './heavy.ts';"]);
  write('src/a/inner/deep.ts', ["export const deep = 'deep';"]);
  write('src/a/inner/heavy.ts', ["export const heavy = { weight: 'tons' };"]);
  write('src/other.ts', ["import { heavy } from './a/index.ts';", 'export const weighed = heavy;']);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, lines: readonly string[]): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${lines.join('\n')}\n`);
}

function bundle(): Promise<unknown> {
  const src = join(root, 'src');
  return build({
    entryPoints: { main: join(src, 'main.ts'), other: join(src, 'other.ts') },
    outdir: join(root, 'out'),
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    plugins: [pastIndexes(src)],
    logLevel: 'silent',
  });
}

it('names, other names for them, and types come from where they are', async () => {
  write('src/main.ts', [
    'import {',
    '  deep,',
    '  one as uno,',
    '  type Shape,',
    '  second,',
    "} from './a/index.ts';",
    'const shape: Shape = {};',
    'export const all = [deep, uno, second(), shape];',
  ]);
  await bundle();
  const { all } = (await import(pathToFileURL(join(root, 'out/main.mjs')).href)) as { all: unknown };
  expect(all).toEqual(['deep', 1, 2, {}]);
  const main = readFileSync(join(root, 'out/main.mjs'), 'utf8');
  expect(main).not.toContain('tons');
  // Nor by way of another file: nothing of it is common to both entries.
  expect(main).not.toMatch(/^import /m);
});

it('what does not compile is told with its line, though an import before it took several', async () => {
  write('src/main.ts', [
    'import {',
    '  deep,',
    '  one,',
    "} from './a/index.ts';",
    '',
    'export const = deep;',
  ]);
  const failure = (await bundle().catch((error: unknown) => error)) as BuildFailure;
  expect(failure.errors.map(({ location }) => location?.line)).toEqual([6]);
});

it('a name that the index has by itself stays there', async () => {
  write('src/b/index.ts', ["export { one } from '../a/parts.ts';", 'export const own = 5;']);
  write('src/main.ts', ["import { one, own } from './b/index.ts';", 'export const sum = one + own;']);
  await bundle();
  expect(await import(pathToFileURL(join(root, 'out/main.mjs')).href)).toMatchObject({ sum: 6 });
});
