// The tar streams that we make and take, against the system's tar and against machines that mean harm.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTransfers, UnsafePathError } from '../../../src/rent/remote/index.ts';
import { listLocalTree } from '../../../src/rent/remote/transfer/local-tree.ts';
import { safeName, safePath } from '../../../src/rent/remote/transfer/safe-path.ts';
import { packTar } from '../../../src/rent/remote/transfer/tar-pack.ts';
import { TarFormatError, unpackTar } from '../../../src/rent/remote/transfer/tar-unpack.ts';
import { aTwin } from './a-target.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vd-tar-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const here = (path: string) => join(folder, path);
const write = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(here(path)), { recursive: true });
  writeFileSync(here(path), content);
};
const NAMES = [
  'plain',
  'ünï 日本',
  `${'deep/'.repeat(40)}file`,
  'x'.repeat(101),
  'x'.repeat(255),
  'new\nline',
  '-dash',
];

async function packed(path: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of packTar(here(path), await listLocalTree(here(path)))) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function entriesOf(archive: Buffer, pieceBytes = 1000): Promise<Record<string, string>> {
  async function* pieces() {
    for (let at = 0; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
  }
  const found: Record<string, string> = {};
  let current = '';
  await unpackTar(pieces(), {
    begin: ({ path, type }) => {
      current = type === '0' ? path.replace(/^\.\//, '') : `${type}:${path}`;
      found[current] = '';
    },
    bytes: (bytes) => {
      found[current] += Buffer.from(bytes).toString('latin1');
    },
    end: () => {},
  });
  return found;
}

describe('a tar stream', () => {
  it('of ours is unpacked by the system’s tar, whatever the names', async () => {
    for (const name of NAMES) write(`tree/${name}`, `content of ${name}`);
    symlinkSync('y'.repeat(120), here('tree/link'));
    const archive = await packed('tree');
    mkdirSync(here('out'));
    const ran = spawnSync('tar', ['-xf', '-', '-C', here('out')], { input: archive });
    expect([ran.status, ran.stderr.toString()]).toEqual([0, '']);
    for (const name of NAMES) expect(readFileSync(here(`out/${name}`), 'utf8')).toBe(`content of ${name}`);
    expect(await listLocalTree(here('out'))).toEqual(await listLocalTree(here('tree')));
  });

  it.each([
    'gnu',
    'pax',
    'ustar',
  ])('of the system’s tar in %s format is read, in pieces of any size', async (format) => {
    const names = NAMES.filter((name) => format !== 'ustar' || name.length < 100);
    for (const name of names) write(`tree/${name}`, `content of ${name}`);
    const ran = spawnSync('tar', [`--format=${format}`, '-cf', '-', '-C', here('tree'), '.']);
    for (const pieceBytes of [1, 511, 512, 100_000]) {
      const found = await entriesOf(ran.stdout, pieceBytes);
      for (const name of names)
        expect(Buffer.from(found[name] ?? '', 'latin1').toString()).toBe(`content of ${name}`);
    }
  });

  it('that ends in the middle, or is none, is said', async () => {
    write('tree/file', 'x'.repeat(5000));
    const archive = await packed('tree');
    for (const length of [0, 100, 512, 2000, 5632])
      await expect(entriesOf(archive.subarray(0, length))).rejects.toBeInstanceOf(TarFormatError);
    await expect(entriesOf(Buffer.alloc(2000, 'x'))).rejects.toBeInstanceOf(TarFormatError);
  });
});

describe('a name from a machine', () => {
  it.each([
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a/..',
    '',
    '.',
    './',
    'a\0b',
  ])('like %j leads nowhere', (name) => {
    expect(() => safeName(name)).toThrow(UnsafePathError);
  });

  it.each([
    ['./a//b/./c', 'a/b/c'],
    ['..a/b..', '..a/b..'],
    ['-x', '-x'],
  ])('like %j is %j', (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  it('may go through a link that stays inside, and through none that leads out', () => {
    mkdirSync(here('to/inner'), { recursive: true });
    symlinkSync('inner', here('to/good'));
    symlinkSync('..', here('to/bad'));
    expect(safePath(here('to'), 'good/x')).toBe(here('to/good/x'));
    expect(() => safePath(here('to'), 'bad/x')).toThrow(UnsafePathError);
    expect(() => safePath(here('to'), 'bad/new/deep/x')).toThrow(UnsafePathError);
  });
});

describe('a machine whose tar sends something else than it was asked for', () => {
  /** One entry as it stands in an archive, under a name of our choice. */
  const entry = async (name: string, type: string, content: string) => {
    write('one/file', content);
    const archive = await packed('one');
    const header = archive.subarray(0, 512);
    header.fill(0, 0, 100);
    header.write(name, 0, 'utf8');
    header.write(type, 156);
    if (type === '2') header.write('/etc', 157);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return archive;
  };

  it.each([
    ['climbs out', '../escaped', '0'],
    ['is absolute', '/tmp/vastdeck-escaped', '0'],
    ['was not asked for', 'other', '0'],
    ['is a link', 'file', '2'],
    ['is a device', 'file', '3'],
  ])('gets nothing written when its entry %s', async (_what, name, type) => {
    const archive = await entry(name, type, 'harm');
    const target = aTwin({
      programs: {
        tar: async (process) => {
          await process.readAll();
          await process.write(archive);
          return 0;
        },
      },
    });
    target.twin.files.makeDirectory('/usr/bin', 'parents');
    target.twin.files.write('/usr/bin/tar', '');
    target.twin.files.makeDirectory('/workspace/out');
    target.twin.files.write('/workspace/out/file', 'good');
    const download = createTransfers(target).download({ from: '/workspace/out', to: here('target/back') });
    await expect(download).rejects.toBeInstanceOf(UnsafePathError);
    expect(existsSync(here('target/back'))).toBe(false);
    expect(existsSync(here('target/escaped'))).toBe(false);
    expect(existsSync('/tmp/vastdeck-escaped')).toBe(false);
    expect(readdirSync(here('target')).filter((one) => !one.startsWith('.vastdeck-'))).toEqual([]);
  });
});
