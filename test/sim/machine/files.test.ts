// Files on a machine: OpenSSH's scp in both protocols, sftp and rsync, and what SFTP itself must keep to.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, SFTPWrapper } from 'ssh2';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/sim/machine/index.ts';
import { aRoom, type TestRoom } from './a-room.ts';

let world: TestRoom;
let machine: Machine;
let client: Client;
let sftp: SFTPWrapper;
/** Ten megabytes in which every block differs. */
const big = Buffer.alloc(10 * 1024 * 1024);
for (let at = 0; at < big.length; at += 32) createHash('sha256').update(String(at)).digest().copy(big, at);
let bigFile: string;

beforeAll(async () => {
  world = await aRoom();
  machine = await world.machine();
  client = await world.connect(machine);
  sftp = await openSftp(client);
  bigFile = join(world.dir, 'big');
  writeFileSync(bigFile, big);
});
afterAll(async () => {
  client.end();
  await world[Symbol.asyncDispose]();
});

const openSftp = (from: Client) =>
  new Promise<SFTPWrapper>((resolve, reject) => {
    from.sftp((error, channel) => (error ? reject(error) : resolve(channel)));
  });

/** Calls one of the client's functions that answer by callback. */
const ask = <T>(act: (done: (error?: Error | null, value?: unknown) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => act((error, value) => (error ? reject(error) : resolve(value as T))));

const at = (path: string) => `root@127.0.0.1:${path}`;
const inside = async (words: string) => (await world.run('ssh', machine, [words])).stdout;

describe('OpenSSH’s programs', () => {
  it.each([
    ['the SFTP protocol', []],
    ['the old protocol', ['-O']],
  ])('scp copies there and back by %s, the same bytes, and ends with 0', async (_name, flags) => {
    const back = join(world.dir, `back${flags.length}`);
    const put = await world.run('scp', machine, [...flags, bigFile, at('copied')]);
    const get = await world.run('scp', machine, [...flags, at('copied'), back]);
    expect([put.code, get.code, put.stderr, get.stderr]).toEqual([0, 0, '', '']);
    expect(readFileSync(back).equals(big)).toBe(true);
  });

  it('scp copies a tree with its modes and times, names home by a tilde, and fails for what is not there', async () => {
    mkdirSync(join(world.dir, 'tree/deep'), { recursive: true });
    writeFileSync(join(world.dir, 'tree/deep/run.sh'), 'x', { mode: 0o750 });
    const put = await world.run('scp', machine, ['-rp', join(world.dir, 'tree'), at('~/')]);
    const get = await world.run('scp', machine, ['-rp', at('tree'), join(world.dir, 'tree2')]);
    expect([put.code, get.code]).toEqual([0, 0]);
    const [before, after] = ['tree', 'tree2'].map((name) => statSync(join(world.dir, name, 'deep/run.sh')));
    expect(after?.mode).toBe(before?.mode);
    expect(Math.trunc((after?.mtimeMs ?? 0) / 1000)).toBe(Math.trunc((before?.mtimeMs ?? 0) / 1000));
    const missing = await world.run('scp', machine, [at('nothing-here'), world.dir]);
    expect(missing.code).not.toBe(0);
  });

  it('sftp lists, renames, links, removes and says how much is free', async () => {
    const batch = [
      'mkdir /workspace/d',
      `put ${bigFile} /workspace/d/a`,
      'rename /workspace/d/a /workspace/d/b',
      'symlink /workspace/d/b /workspace/d/link',
      'ln /workspace/d/b /workspace/d/hard',
      'ls -l /workspace/d',
      'df /workspace',
      'rm /workspace/d/hard',
      'chmod 600 /workspace/d/b',
    ];
    const ran = await world.run('sftp', machine, ['-b', '-', at('')], `${batch.join('\n')}\n`);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/-rw-r--r--\s+2 root\s+root\s+10485760 .* hard/);
    expect(ran.stdout).toMatch(/lrwxrwxrwx .* link/);
    expect(ran.stdout).toContain('9765624'); // kilobytes of a disk of 10 GB
    expect(await inside('cd $WORKSPACE/d; stat -c "%n %a %h" *; readlink link')).toBe(
      'b 600 1\nlink 777 1\n/workspace/d/b\n',
    );
  });

  it('sftp goes on with a file that was cut short', async () => {
    await inside(`head -c 4000000 /dev/zero > $WORKSPACE/part`);
    writeFileSync(join(world.dir, 'part'), big.subarray(0, 4_000_000));
    const batch = `put ${join(world.dir, 'part')} /workspace/part\nreput ${bigFile} /workspace/part\n`;
    expect((await world.run('sftp', machine, ['-b', '-', at('')], batch)).code).toBe(0);
    expect(await inside('sha256sum < $WORKSPACE/part')).toContain(
      createHash('sha256').update(big).digest('hex'),
    );
  });

  it('rsync copies a tree with its owners there and back, and only what changed the second time', async () => {
    const source = join(world.dir, 'rsync/');
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, 'big'), big);
    const there = await world.run('rsync', machine, ['-a', '--stats', source, at('/tmp/rs/')]);
    const again = await world.run('rsync', machine, ['-a', '--stats', source, at('/tmp/rs/')]);
    const back = await world.run('rsync', machine, ['-a', at('/tmp/rs/'), join(world.dir, 'rsynced')]);
    expect([there.code, again.code, back.code, back.stderr]).toEqual([0, 0, 0, '']);
    expect(again.stdout).toMatch(/files transferred: 0/);
    expect(readFileSync(join(world.dir, 'rsynced/big')).equals(big)).toBe(true);
  });
});

describe('what ssh2’s own server gets wrong', () => {
  it('writes into a file that was opened with neither TRUNC nor READ, and leaves the rest of it', async () => {
    const { WRITE, CREAT } = ssh2.utils.sftp.OPEN_MODE;
    await inside('printf 0123456789 > $WORKSPACE/kept');
    const handle = await ask<Buffer>((done) => sftp.open('/workspace/kept', WRITE | CREAT, done));
    await ask((done) => sftp.write(handle, Buffer.from('ab'), 0, 2, 3, done));
    await ask((done) => sftp.close(handle, done));
    expect(await inside('cat $WORKSPACE/kept')).toBe('012ab56789');
    const fresh = await ask<Buffer>((done) => sftp.open('/workspace/fresh', WRITE | CREAT, done));
    await ask((done) => sftp.close(fresh, done));
    expect(await inside('stat -c %s $WORKSPACE/fresh')).toBe('0\n');
  });

  it('ends the subsystem with a status of 0 once the client has sent its last byte', async () => {
    const ran = await world.run('ssh', machine, ['-s', 'sftp'], Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]));
    expect([ran.code, ran.stdout.slice(4, 9)]).toEqual([0, '\x02\0\0\0\x03']);
  });

  it('answers reads in the order in which they were asked, whatever their size', async () => {
    await inside('head -c 8000000 /dev/zero > $WORKSPACE/reads');
    const handle = await ask<Buffer>((done) => sftp.open('/workspace/reads', 'r', done));
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 60 }, (_unused, index) => {
        const length = index % 2 === 0 ? 32_768 : 10;
        const buffer = Buffer.alloc(length);
        return ask((done) => sftp.read(handle, buffer, 0, length, index * 100_000, done)).then(() =>
          order.push(index),
        );
      }),
    );
    await ask((done) => sftp.close(handle, done));
    expect(order).toEqual(Array.from({ length: 60 }, (_unused, index) => index));
  });
});

describe('SFTP', () => {
  it('shows the tree that a command sees, and begins at home', async () => {
    await inside('mkdir -p $WORKSPACE/seen; echo by bash > $WORKSPACE/seen/file');
    expect(await ask<Buffer>((done) => sftp.readFile('/workspace/seen/file', done))).toEqual(
      Buffer.from('by bash\n'),
    );
    expect(await ask<string>((done) => sftp.realpath('.', done))).toBe('/root');
    await ask((done) => sftp.writeFile('by-sftp', 'x', done));
    expect(await inside('ls ~/by-sftp')).toMatch(/by-sftp\n$/);
  });

  it('keeps names that are not UTF-8', async () => {
    await inside("printf x > $WORKSPACE/$'caf\\351'");
    const get = await world.run('scp', machine, ['-r', at('/workspace/caf*'), world.dir]);
    expect(get.code).toBe(0);
    expect(readFileSync(Buffer.concat([Buffer.from(`${world.dir}/caf`), Buffer.of(0xe9)]), 'utf8')).toBe('x');
  });

  it('lists a folder of a thousand files once each', async () => {
    await inside('mkdir $WORKSPACE/many; cd $WORKSPACE/many; touch $(seq 1000)');
    const entries = await ask<{ filename: string }[]>((done) => sftp.readdir('/workspace/many', done));
    expect(new Set(entries.map((entry) => entry.filename)).size).toBe(1000);
  });

  it('refuses a named pipe instead of waiting for its other end', async () => {
    await inside('mkfifo $WORKSPACE/pipe');
    await expect(ask((done) => sftp.readFile('/workspace/pipe', done))).rejects.toThrow();
    await expect(ask((done) => sftp.writeFile('/workspace/pipe', 'x', done))).rejects.toThrow();
  });

  it.each(['mkdir', 'rename', 'rmdir', 'unlink'] as const)('says which way %s went wrong', async (name) => {
    const missing = '/workspace/no/such';
    const tried = ask((done) =>
      name === 'rename' ? sftp.rename(missing, '/workspace/x', done) : sftp[name](missing, done),
    );
    await expect(tried).rejects.toMatchObject({ code: 2, message: 'No such file' });
  });

  it('does not rename over a file, and does with OpenSSH’s extension', async () => {
    await inside('cd $WORKSPACE; echo 1 > one; echo 2 > two');
    await expect(ask((done) => sftp.rename('/workspace/one', '/workspace/two', done))).rejects.toThrow();
    await ask((done) => sftp.ext_openssh_rename('/workspace/one', '/workspace/two', done));
    expect(await inside('cat $WORKSPACE/two')).toBe('1\n');
  });
});
