// The commands that README and guides show are commands of the program, with options that it has.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../src/front/cli/program.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const GUIDE = join(ROOT, 'docs', 'guide');
const PAGES = [
  join(ROOT, 'README.md'),
  ...readdirSync(GUIDE)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(GUIDE, name)),
];

/** The words of each line that begins with the program, without what a shell does with its output and what another program is given. */
function shownCommands(text: string): string[][] {
  return [...text.matchAll(/^(?:npx )?vastdeck (.+)$/gm)].map(([, line = '']) => {
    const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
    const end = words.findIndex((word) => ['#', '|', '>', '<', '--'].includes(word));
    return end < 0 ? words : words.slice(0, end);
  });
}

const program = buildProgram(
  { out: () => {}, columns: 100 },
  {
    makeContext: () => {
      throw new Error('no command is run here');
    },
    writeErr: () => {},
  },
);

const SHOWN = PAGES.map(
  (path) => [path.slice(ROOT.length), shownCommands(readFileSync(path, 'utf8'))] as const,
);

// A guide for programmers may show none.
describe.each(SHOWN.filter(([, shown]) => shown.length > 0))('%s', (_name, shown) => {
  it.each(shown.map((words) => [words.join(' '), words] as const))('vastdeck %s', (_line, words) => {
    let command: Command = program;
    let at = 0;
    for (; at < words.length && command.commands.length > 0; at += 1) {
      const next = command.commands.find((known) => known.name() === words[at]);
      expect(next, `there is no command ${words.slice(0, at + 1).join(' ')}`).toBeDefined();
      command = next as Command;
    }
    for (const flag of words.slice(at).filter((word) => /^--\w/.test(word))) {
      expect(command.options.map(({ long }) => long)).toContain(flag.split('=')[0]);
    }
  });
});

it('there are such lines', () => {
  expect(SHOWN.flatMap(([, shown]) => shown).length).toBeGreaterThan(20);
});
