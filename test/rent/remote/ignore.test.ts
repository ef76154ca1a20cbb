// Ignore files as git reads them: a table of cases, and git itself as the judge of every one.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asBytes, parseIgnoreFile } from '../../../src/rent/remote/transfer/ignore-pattern.ts';
import { listLocalTree } from '../../../src/rent/remote/transfer/local-tree.ts';

/** Pattern, path and whether git ignores it; the cases of git's own test of its matcher (t3070), and its manual's. */
const TABLE: readonly [pattern: string, path: string, isIgnored: boolean][] = [
  ['/foo', 'foo', true],
  ['/bar', 'foo', false],
  ['/???', 'foo', true],
  ['/??', 'foo', false],
  ['/*', 'foo', true],
  ['/f*', 'foo', true],
  ['/*f', 'foo', false],
  ['/*foo*', 'foo', true],
  ['/*ob*a*r*', 'foobar', true],
  ['/*ab', 'aaaaaaabababab', true],
  ['/foo\\*', 'foo*', true],
  ['/foo\\*bar', 'foobar', false],
  ['/f\\\\oo', 'f\\oo', true],
  ['/*[al]?', 'ball', true],
  ['/[ten]', 'ten', false],
  ['/**[!te]', 'ten', true],
  ['/**[!ten]', 'ten', false],
  ['/t[a-g]n', 'ten', true],
  ['/t[!a-g]n', 'ten', false],
  ['/t[!a-g]n', 'ton', true],
  ['/t[^a-g]n', 'ton', true],
  ['/a[]]b', 'a]b', true],
  ['/a[]-]b', 'a-b', true],
  ['/a[]-]b', 'a]b', true],
  ['/a[]-]b', 'aab', false],
  ['/a[]a-]b', 'aab', true],
  ['/]', ']', true],
  ['/foo*bar', 'foo/baz/bar', false],
  ['/foo**bar', 'foo/baz/bar', false],
  ['/foo**bar', 'foobazbar', true],
  ['/foo/**/bar', 'foo/baz/bar', true],
  ['/foo/**/**/bar', 'foo/baz/bar', true],
  ['/foo/**/bar', 'foo/b/a/z/bar', true],
  ['/foo/**/**/bar', 'foo/b/a/z/bar', true],
  ['/foo/**/bar', 'foo/bar', true],
  ['/foo/**/**/bar', 'foo/bar', true],
  ['/foo?bar', 'foo/bar', false],
  ['/foo[/]bar', 'foo/bar', false],
  ['/foo[^a-z]bar', 'foo/bar', false],
  ['/f[^eiu][^eiu][^eiu][^eiu][^eiu]r', 'foo/bar', false],
  ['/f[^eiu][^eiu][^eiu][^eiu][^eiu]r', 'foo-bar', true],
  ['**/foo', 'foo', true],
  ['**/foo', 'yyy/foo', true],
  ['**/foo', 'bar/baz/foo', true],
  ['*/foo', 'bar/baz/foo', false],
  ['**/bar*', 'foo/bar/baz', true],
  ['**/bar/*', 'deep/foo/bar/baz', true],
  ['**/bar/*', 'deep/foo/bar/baz/x', true],
  ['**/bar/**', 'deep/foo/bar', false],
  ['*/bar/**', 'foo/bar/baz/x', true],
  ['*/bar/**', 'deep/foo/bar/baz/x', false],
  ['**/bar/*/*', 'deep/foo/bar/baz/x', true],
  ['/[[:alpha:]][[:digit:]][[:upper:]]', 'a1B', true],
  ['/[[:digit:][:upper:][:space:]]', 'a', false],
  ['/[[:digit:][:upper:][:space:]]', 'A', true],
  ['/[[:digit:][:upper:][:spaci:]]', '1', false],
  [
    '/[[:alnum:][:alpha:][:blank:][:cntrl:][:digit:][:graph:][:lower:][:print:][:punct:][:space:][:upper:][:xdigit:]]',
    '5',
    true,
  ],
  ['/[[:xdigit:]]', 'D', true],
  ['/[^[:alnum:][:alpha:][:blank:][:cntrl:][:digit:][:lower:][:space:][:upper:][:xdigit:]]', '%', true],
  ['/[a-c[:digit:]x-z]', '5', true],
  ['/[a-c[:digit:]x-z]', 'b', true],
  ['/[a-c[:digit:]x-z]', 'y', true],
  ['/[a-c[:digit:]x-z]', 'q', false],
  ['/[\\\\-^]', ']', true],
  ['/[\\\\-^]', '[', false],
  ['/[\\-_]', '-', true],
  ['/[\\]]', ']', true],
  ['/[\\]]', '\\]', false],
  ['/a[]b', 'a[]b', false],
  ['/[!', 'ab', false],
  ['/[-', 'ab', false],
  ['/[-]', '-', true],
  ['/[a-', '-', false],
  ['/[!a-', '-', false],
  ['/[--A]', '-', true],
  ['/[--A]', '5', true],
  ['/[ --]', '$', true],
  ['/[---]', '-', true],
  ['/[------]', 'a', false],
  ['/[a-e-n]', 'j', false],
  ['/[a-e-n]', '-', true],
  ['/[!------]', 'a', true],
  ['/[]-a]', '[', false],
  ['/[]-a]', '^', true],
  ['/[!]-a]', '^', false],
  ['/[a^bc]', '^', true],
  ['/[a-]b]', '-b]', true],
  ['/[\\]', '\\', false],
  ['/[A-\\\\]', 'G', true],
  ['/b*a', 'aaabbb', false],
  ['/*ba*', 'aabcaa', false],
  ['/[,]', ',', true],
  ['/[\\\\,]', ',', true],
  ['/[\\\\,]', '\\', true],
  ['/[,-.]', '-', true],
  ['/[,-.]', '+', false],
  ['/[,-.]', '-.]', false],
  ['/-*-*-*-*-*-*-12-*-*-*-m-*-*-*', '-adobe-courier-bold-o-normal--12-120-75-75-m-70-iso8859-1', true],
  ['/-*-*-*-*-*-*-12-*-*-*-m-*-*-*', '-adobe-courier-bold-o-normal--12-120-75-75-X-70-iso8859-1', false],
  ['/**/*a*b*g*n*t', 'abcd/abcdefg/abcdefghijk/abcdefghijklmnop.txt', true],
  ['/**/*a*b*g*n*t', 'abcd/abcdefg/abcdefghijk/abcdefghijklmnop.txtz', false],
  ['foo', 'deep/down/foo', true],
  ['foo/', 'foo', false],
  ['foo/', 'foo/x', true],
  ['foo/bar', 'x/foo/bar', false],
  ['*.log', 'a/b/c.log', true],
  ['*.log', 'a/c.log.txt', false],
  ['a/**', 'a/b/c', true],
  ['a/**', 'b/a/c', false],
  ['# comment', '# comment', false],
  ['\\# comment', '# comment', true],
  ['\\!bang', '!bang', true],
  ['trailing   ', 'trailing', true],
  ['trailing\\ ', 'trailing ', true],
  ['trailing\\\\ ', 'trailing\\', true],
  ['tab\t', 'tab', false],
  ['tab\t', 'tab\t', true],
  ['crlf\r', 'crlf', true],
  ['back\\', 'back', false],
  ['?', 'é', false],
  ['??', 'é', true],
  ['[é]x', 'éx', false],
  ['*', 'x', true],
  ['/', 'x', false],
  ['a//b', 'a/b', false],
  ['**', 'a/b', true],
  ['a**/b', 'a/c/b', true],
  ['a**/b', 'ab', true],
  ['a?**/b', 'ax/c/b', false],
  ['x/a**', 'x/ab', true],
  ['a**/b', 'ac/b', true],
  ['x/**\\/y', 'x/z/y', true],
  ['foo/**/', 'foo/bar/x', true],
  ['foo/**/', 'foo/x', false],
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vd-ignore-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hasGit = spawnSync('git', ['--version']).status === 0;

function write(path: string, content = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** What git ignores of these paths. */
function ignoredByGit(paths: readonly string[]): string[] {
  execFileSync('git', ['init', '-q', folder]);
  const ran = spawnSync(
    'git',
    ['-c', 'core.excludesFile=/dev/null', 'check-ignore', '--no-index', '--stdin', '-z'],
    {
      cwd: folder,
      input: paths.map((path) => `${path}\0`).join(''),
    },
  );
  return ran.stdout
    .toString()
    .split('\0')
    .filter((path) => path !== '')
    .sort();
}

async function ignoredByUs(paths: readonly string[]): Promise<string[]> {
  const kept = new Set((await listLocalTree(folder)).map(({ path }) => path));
  return paths.filter((path) => !kept.has(path)).sort();
}

describe('an ignore file', () => {
  it('is read as the table says', () => {
    const wrong = TABLE.filter(([pattern, path, isIgnored]) => {
      const [rule] = parseIgnoreFile(`${pattern}\n`);
      const parts = path.split('/');
      const hit = parts.some((_part, index) => {
        const isFolder = index < parts.length - 1;
        return (
          rule &&
          (isFolder || !rule.isFolderOnly) &&
          rule.matches(asBytes(parts.slice(0, index + 1).join('/')))
        );
      });
      return (hit ?? false) !== isIgnored;
    });
    expect(wrong).toEqual([]);
  });

  it.skipIf(!hasGit)('is read by git as the table says', () => {
    const paths = TABLE.map(([pattern, path], index) => {
      write(`case-${index}/.gitignore`, `${pattern}\n`);
      write(`case-${index}/${path}`);
      return `case-${index}/${path}`;
    });
    const ignored = new Set(ignoredByGit(paths));
    const wrong = TABLE.filter(([, , isIgnored], index) => ignored.has(paths[index] as string) !== isIgnored);
    expect(wrong).toEqual([]);
  });

  it.skipIf(!hasGit)('means the same to us and to git whatever stands in it', async () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'ab',
      '*',
      '**',
      '?',
      '/',
      '[ab]',
      '[!a]',
      '[a-b',
      ']',
      '\\',
      ' ',
      '!',
      '#',
      '.',
    );
    const line = fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    const name = fc.constantFrom('a', 'b', 'ab', 'aab', ' ', '!a', '#', '[', 'a ', '.a', '*');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const cases = fc.sample(
      fc.record({
        top: fc.array(line, { maxLength: 4 }),
        inner: fc.array(line, { maxLength: 3 }),
        paths: fc.array(path, { minLength: 3, maxLength: 8 }),
      }),
      { numRuns: 120, seed: 20261122 },
    );
    const all: string[] = [];
    for (const [index, { top, inner, paths }] of cases.entries()) {
      const base = `case-${index}`;
      write(`${base}/.gitignore`, `${top.join('\n')}\n`);
      for (const one of paths) {
        try {
          write(`${base}/${one}`);
          all.push(`${base}/${one}`);
        } catch {
          // A file has the name of a folder on its way.
        }
      }
      if (all.some((one) => one.startsWith(`${base}/a/`)))
        write(`${base}/a/.gitignore`, `${inner.join('\n')}\n`);
    }
    const unique = [...new Set(all)];
    expect(await ignoredByUs(unique)).toEqual(ignoredByGit(unique));
  });
});

describe('a local tree', () => {
  it('takes back by a later pattern, a deeper file and .vastdeckignore, but never inside an ignored folder', async () => {
    write('.gitignore', '*.bin\n!keep.bin\nout/\n!out/kept.txt\ndata/*\n!data/small\n');
    write('.vastdeckignore', '!model.bin\nsecret*\n');
    write('sub/.gitignore', '!*.bin\n');
    for (const path of [
      'a.bin',
      'keep.bin',
      'model.bin',
      'secret.txt',
      'sub/b.bin',
      'out/kept.txt',
      'data/large',
      'data/small/x',
      '.git/config',
    ])
      write(path);
    expect((await listLocalTree(folder)).map(({ path }) => path)).toEqual([
      '.gitignore',
      '.vastdeckignore',
      'data',
      'data/small',
      'data/small/x',
      'keep.bin',
      'model.bin',
      'sub',
      'sub/.gitignore',
      'sub/b.bin',
    ]);
    const everything = (await listLocalTree(folder, { ignore: false })).map(({ path }) => path);
    expect(everything).toEqual(
      expect.arrayContaining(['a.bin', '.git/config', 'out/kept.txt', 'secret.txt']),
    );
  });

  it('keeps links as links, and follows no ignore file that is one', async () => {
    write('real', '*\n');
    symlinkSync('real', join(folder, '.gitignore'));
    symlinkSync('/etc', join(folder, 'etc'));
    const tree = await listLocalTree(folder);
    expect(tree.map(({ path, kind, target }) => [path, kind, target])).toEqual([
      ['.gitignore', 'link', 'real'],
      ['etc', 'link', '/etc'],
      ['real', 'file', undefined],
    ]);
  });
});
