// No path leads out of a machine through SFTP: random requests with random paths, over links that were planted to
// lead out, leave a folder beside the machine as it was and show nothing of it.
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { SFTPWrapper } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ISOLATIONS, type Machine } from '../../../src/sim/machine/index.ts';
import { aRoom, newKey, type TestRoom } from './a-room.ts';

const SECRET = 'what stands outside';
const NAMES = [
  'out',
  'up',
  'hop',
  'loop',
  'dangling',
  'file',
  'd',
  'canary',
  'secret',
  'new',
  'workspace',
  'tmp',
  'etc',
];

const OPERATIONS = [
  'readFile',
  'writeFile',
  'append',
  'mkdir',
  'rmdir',
  'unlink',
  'rename',
  'replace',
  'link',
  'symlink',
  'readlink',
  'chmod',
  'truncate',
  'utimes',
  'lchmod',
  'lutimes',
  'ltruncate',
  'list',
  'stat',
  'realpath',
] as const;
type Operation = (typeof OPERATIONS)[number];

/** OpenSSH's lsetstat, which ssh2's types lack: it changes a link itself. */
function ownAttributes(sftp: SFTPWrapper) {
  type Call = (path: string, attributes: object, done: (error?: Error | null) => void) => void;
  const { ext_openssh_lsetstat: call } = sftp as unknown as { ext_openssh_lsetstat: Call };
  return call.bind(sftp);
}

/** What a request answered, as text; an error is its message. */
function request(sftp: SFTPWrapper, operation: Operation, path: string, other: string): Promise<string> {
  return new Promise((resolve) => {
    const done = (error?: Error | null, value?: unknown) =>
      resolve(
        error ? error.message : value instanceof Buffer ? value.toString() : (JSON.stringify(value) ?? ''),
      );
    switch (operation) {
      case 'readFile':
        return sftp.readFile(path, done);
      case 'writeFile':
        return sftp.writeFile(path, 'overwritten', done);
      case 'append':
        return sftp.appendFile(path, 'appended', done);
      case 'rename':
        return sftp.rename(path, other, done);
      case 'replace':
        return sftp.ext_openssh_rename(path, other, done);
      case 'link':
        return sftp.ext_openssh_hardlink(path, other, done);
      case 'symlink':
        return sftp.symlink(path, other, done);
      case 'readlink':
        return sftp.readlink(path, done);
      case 'chmod':
        return sftp.setstat(path, { mode: 0o777 } as never, done);
      case 'truncate':
        return sftp.setstat(path, { size: 1 } as never, done);
      case 'utimes':
        return sftp.setstat(path, { atime: 1, mtime: 1 } as never, done);
      case 'lchmod':
        return ownAttributes(sftp)(path, { mode: 0o700 }, done);
      case 'lutimes':
        return ownAttributes(sftp)(path, { atime: 2, mtime: 2 }, done);
      case 'ltruncate':
        return ownAttributes(sftp)(path, { size: 2 }, done);
      case 'list':
        return sftp.readdir(path, done);
      case 'stat':
        return sftp.stat(path, done);
      case 'realpath':
        return sftp.realpath(path, done);
      default:
        return sftp[operation](path, done);
    }
  });
}

/** Names, kinds, modes, times and contents of a folder and all below it. */
function snapshot(folder: string): string[] {
  const { mode, mtimeMs } = lstatSync(folder);
  const own = `${folder} ${mode} ${mtimeMs}`;
  const below = readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const stats = lstatSync(path);
      const line = `${path} ${stats.mode} ${stats.mtimeMs} ${stats.nlink} ${stats.size}`;
      if (stats.isDirectory()) return snapshot(path);
      return [stats.isFile() ? `${line} ${readFileSync(path, 'utf8')}` : line];
    });
  return [own, ...below];
}

describe.each(ISOLATIONS)('in a room of %s', (isolation) => {
  let world: TestRoom;
  let machine: Machine;
  let sftp: SFTPWrapper;
  let outside: string;
  let disk: string;

  beforeAll(async () => {
    world = await aRoom({ isolation });
    machine = await world.machine({ instanceId: 77 });
    disk = join(realpathSync(world.dir), 'room/m-77/fs/disk');
    outside = join(world.dir, 'outside');
    mkdirSync(join(outside, 'canary'), { recursive: true });
    writeFileSync(join(outside, 'canary/secret'), SECRET);
    writeFileSync(join(outside, 'file'), SECRET);
    const client = await world.connect(machine);
    sftp = await new Promise((resolve, reject) => {
      client.sftp((error, channel) => (error ? reject(error) : resolve(channel)));
    });
  });
  afterAll(async () => await world[Symbol.asyncDispose]());

  /** Links that lead out, planted from beside the machine, where nothing stops one. */
  const plant = () => {
    const workspace = join(disk, 'workspace');
    // The requests before may have moved it away, and put something else there.
    if (!lstatSync(workspace, { throwIfNoEntry: false })?.isDirectory()) {
      rmSync(workspace, { force: true });
      mkdirSync(workspace);
    }
    const links: [name: string, target: string][] = [
      ['out', outside],
      ['up', '../../../../outside'],
      ['hop', 'out/canary'],
      ['loop', 'loop'],
      ['dangling', join(outside, 'made-through-a-link')],
    ];
    for (const [name, target] of links) {
      if (!lstatSync(join(workspace, name), { throwIfNoEntry: false }))
        symlinkSync(target, join(workspace, name));
    }
  };

  it('leaves what is outside alone, and shows nothing of it', async () => {
    const name = fc.constantFrom('..', '..', '.', '', ...NAMES);
    const relative = fc.array(name, { maxLength: 6 }).map((names) => names.join('/'));
    const start = fc.constantFrom(
      '',
      '/',
      '/workspace/',
      '//',
      '../../../../../../',
      '/workspace/out/',
      '~/',
      'OUTSIDE/',
      'DISK/',
      'DISK/../',
      '/proc/self/root/',
    );
    const planted = fc
      .constantFrom('out', 'up', 'hop', 'dangling', 'out/file', 'hop/secret')
      .map((link) => `/workspace/${link}`);
    const path = fc.oneof(
      planted,
      fc.tuple(start, relative).map(([before, after]) => before + after),
    );
    const step = fc.record({ operation: fc.constantFrom(...OPERATIONS), path, other: path });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        plant();
        const before = snapshot(outside);
        const rest = readdirSync(join(disk, '..')).sort();
        const real = (text: string) => text.replace('OUTSIDE', outside).replace('DISK', disk);
        for (const { operation, path: one, other } of steps) {
          const answer = await request(sftp, operation, real(one), real(other));
          expect(answer).not.toContain(SECRET);
        }
        expect(snapshot(outside)).toEqual(before);
        expect(readdirSync(join(disk, '..')).sort()).toEqual(rest);
      }),
      { numRuns: 300 },
    );
  });

  it('follows an absolute link to the machine’s own tree', async () => {
    const own = await world.machine({ instanceId: 78 });
    await world.run('ssh', own, [
      'mkdir -p ~/target; echo own > ~/target/file; ln -s /root/target $WORKSPACE/absolute',
    ]);
    const { stdout } = await world.run(
      'sftp',
      own,
      ['-b', '-', 'root@127.0.0.1:'],
      'ls /workspace/absolute/\n',
    );
    expect(stdout).toContain('/workspace/absolute/file');
  });

  it('does not follow links in its own list of keys', async () => {
    const own = await world.machine({ instanceId: 79 });
    const list = join(world.dir, 'room/m-79/fs/disk/root/.ssh/authorized_keys');
    rmSync(list);
    symlinkSync(join(world.dir, 'authorized'), list);
    const other = newKey();
    writeFileSync(join(world.dir, 'authorized'), `${other.public}\n`);
    await expect(world.connect(own, { privateKey: other.private })).rejects.toThrow();
  });
});
