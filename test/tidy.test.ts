// The rules that matter most about the structure, as a test: order of the wings, doors, cycles, ambient
// calls, and who may list instances. Each rule is first shown to catch a planted fault.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type SourceFile, tidyFaults } from './support/tidy-rules.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function sourcesBelow(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path: relative(root, path), text: readFileSync(path, 'utf8') };
    });
}

const file = (path: string, text: string): SourceFile => ({ path, text });

describe('the rules catch a planted fault', () => {
  const planted: [rule: string, files: SourceFile[]][] = [
    [
      'wing',
      [
        file('src/base/std/a.ts', "import { b } from '../../net/vast/index.ts';"),
        file('src/net/vast/index.ts', ''),
      ],
    ],
    [
      'sim-door',
      [
        file('src/watch/reports/a.ts', "import { b } from '../../sim/index.ts';"),
        file('src/sim/index.ts', ''),
      ],
    ],
    [
      'folder',
      [file('src/net/vast/a.ts', "import { b } from '../ssh/index.ts';"), file('src/net/ssh/index.ts', '')],
    ],
    [
      'folder',
      [
        file('src/watch/history/a.ts', "import { b } from '../collector/index.ts';"),
        file('src/watch/collector/index.ts', ''),
      ],
    ],
    [
      'door',
      [
        file('src/watch/history/a.ts', "import { b } from '../../net/vast/client.ts';"),
        file('src/net/vast/client.ts', ''),
      ],
    ],
    [
      'door',
      [
        file('src/front/app/a.ts', "import('../../watch/history/journal/diff.ts');"),
        file('src/watch/history/journal/diff.ts', ''),
      ],
    ],
    [
      'own-index',
      [file('src/base/std/a.ts', "import { b } from './index.ts';"), file('src/base/std/index.ts', '')],
    ],
    ['cycle', [file('src/base/std/a.ts', "import './b.ts';"), file('src/base/std/b.ts', "import './a.ts';")]],
    ['ambient', [file('src/base/std/a.ts', 'const t = Date.now();')]],
    ['ambient', [file('src/watch/history/a.ts', 'const t = new Date();')]],
    ['ambient', [file('src/net/vast/a.ts', 'const r = Math.random();')]],
    ['ambient', [file('src/net/vast/a.ts', 'setTimeout(f, 1);')]],
    ['ambient', [file('src/front/app/a.ts', 'const key = process.env.KEY;')]],
    ['ambient', [file('src/sim/a.ts', "console.log('x');")]],
    ['ambient', [file('src/net/vast/a.ts', 'await fetch(url);')]],
    [
      'sim-door',
      [
        file('src/front/app/a.ts', "import { createSim } from '../../sim/index.ts';"),
        file('src/sim/index.ts', ''),
      ],
    ],
    ['lister', [file('src/rent/rental/a.ts', 'client.instances.list();')]],
    ['star', [file('src/base/std/index.ts', "export * from './a.ts';"), file('src/base/std/a.ts', '')]],
    ['name', [file('src/base/std/utils.ts', '')]],
    ['length', [file('src/base/std/a.ts', 'x\n'.repeat(801))]],
    ['missing', [file('src/base/std/a.ts', "import './b.ts';")]],
    ['placeholder', [file('src/base/std/a.ts', `// ${'TO'}DO later`)]],
    ['test-skip', [file('test/base/a.test.ts', `it.${'only'}('x', () => {});`)]],
    ['test-sleep', [file('test/base/a.test.ts', 'await new Promise((r) => setTimeout(r, 10));')]],
    ['machine-path', [file('src/base/std/a.ts', `const p = '/${'work'}/main/x';`)]],
  ];
  it.each(planted)('%s', (rule, files) => {
    expect(tidyFaults(files).map((fault) => fault.rule)).toContain(rule);
  });

  it('and leaves a lawful tree alone', () => {
    const files = [
      file('src/base/std/index.ts', "export { a } from './a.ts';"),
      file('src/base/std/a.ts', 'export const a = 1; // Date.now() is banned, and this is a comment'),
      file('src/net/vast/wire/index.ts', ''),
      file(
        'src/sim/index.ts',
        "import { w } from '../net/vast/wire/index.ts';\nimport { a } from '../base/std/index.ts';",
      ),
      file('src/front/cli/main.ts', "const { createSim } = await import('../../sim/index.ts');"),
    ];
    expect(tidyFaults(files)).toEqual([]);
  });
});

describe('the tree', () => {
  it('keeps every rule', () => {
    const files = [...sourcesBelow('src'), ...sourcesBelow('test'), ...sourcesBelow('bench')];
    const faults = tidyFaults(files.filter(({ path }) => !/tidy(-rules|\.test)\.ts$/.test(path)));
    expect(faults.map(({ rule, path, what }) => `${rule}: ${path}: ${what}`)).toEqual([]);
  });
});
