// The size of a machine's disk, in both designs of a disk; volumes; several faults at once; and copies between disks.
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import {
  carryFiles,
  DISK_KINDS,
  type FileSite,
  ISOLATIONS,
  type Machine,
  openMachineRoom,
  surveyCopy,
} from '../../../src/sim/machine/index.ts';
import { aRoom, type TestRoom } from './a-room.ts';

const clock = systemClock();
const isRoot = process.getuid?.() === 0;
const MB = 1_000_000;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await clock.sleep(20);
}

const copy = async (source: FileSite, from: string, target: FileSite, to: string, limitBytes = Infinity) => {
  const request = { source, target, from, to };
  return await carryFiles(request, await surveyCopy(request), limitBytes);
};

describe.each(isRoot ? DISK_KINDS : (['folders'] as const))('disks that are %s', (disks) => {
  let world: TestRoom;
  beforeAll(async () => {
    world = await aRoom({ disks });
  });
  afterAll(async () => await world[Symbol.asyncDispose]());
  const fill = (machine: Machine, mb: number, path: string) =>
    world.run('ssh', machine, [`head -c ${mb}000000 /dev/zero > ${path}`]);
  const put = (machine: Machine, mb: number) => {
    const file = join(world.dir, `${mb}`);
    writeFileSync(file, Buffer.alloc(mb * MB));
    return world.run('sftp', machine, ['-b', '-', 'root@127.0.0.1:'], `put ${file} /workspace/put\n`);
  };

  it('take what fits through SFTP and not a file more, and have room again when it is removed', async () => {
    const machine = await world.machine({ diskGb: 0.05 });
    expect((await put(machine, 40)).code).toBe(0);
    expect(machine.diskUsageBytes() / MB).toBeGreaterThan(39);
    expect(machine.diskUsageBytes() / MB).toBeLessThan(43);
    await world.run('ssh', machine, ['mv $WORKSPACE/put $WORKSPACE/first']);
    const second = await put(machine, 15);
    expect([second.code, second.stderr]).toEqual([1, expect.stringMatching(/Failure|space/)]);
    expect(machine.diskUsageBytes()).toBeLessThanOrEqual(0.05e9);
    await machine.execute('rm /workspace/first /workspace/put');
    await until(() => machine.diskUsageBytes() < 2 * MB);
    expect((await put(machine, 40)).code).toBe(0);
    await machine.destroy();
  });

  it.runIf(isRoot)('let processes write no more than fits, and again after a removal', async () => {
    const machine = await world.machine({ diskGb: 0.05 });
    const first = await fill(machine, 60, '$WORKSPACE/a');
    if (disks === 'images') expect(first.stderr).toContain('No space left on device');
    // A folder is looked at once a second.
    const write = async () => (await fill(machine, 1, '$WORKSPACE/b')).stderr;
    await until(async () => (await write()).includes('No space left on device'));
    await machine.execute('rm -f /workspace/a /workspace/b');
    await until(async () => (await write()) === '');
    await machine.destroy();
  });

  it('keep a full disk full over a reboot, and lift that alone', async () => {
    const machine = await world.machine();
    await machine.beginFault('disk-full');
    await machine.beginFault('refuse-key');
    await machine.endFault('refuse-key');
    expect((await put(machine, 1)).code).toBe(1);
    await machine.reboot();
    expect((await put(machine, 1)).code).toBe(1);
    expect(machine.diskUsageBytes()).toBeLessThan(10 * MB);
    await machine.endFault('disk-full');
    expect((await put(machine, 1)).code).toBe(0);
    await machine.destroy();
  });

  it('of volumes are shared by machines, keep their size, outlive them, and go when they are removed', async () => {
    const volume = await world.room.volume({ volumeId: 5, sizeGb: 0.02 });
    const volumes = async () => [{ path: '/workspace/deep//data/', volume }];
    const [one, two] = [await world.machine({ volumes }), await world.machine({ volumes })];
    await world.run('ssh', one, ['echo shared > $WORKSPACE/deep/data/file']);
    expect((await world.run('ssh', two, ['cat $WORKSPACE/deep/data/file'])).stdout).toBe('shared\n');
    expect((await two.execute('ls /workspace/deep/data')).output).toBe('file\n');
    const got = await world.run('sftp', two, ['-b', '-', 'root@127.0.0.1:'], 'ls /workspace/deep/data\n');
    expect(got.stdout).toContain('/workspace/deep/data/file');
    for (const words of ['rmdir /workspace/deep/data', 'rename /workspace/deep/data /workspace/x'])
      expect((await world.run('sftp', two, ['-b', '-', 'root@127.0.0.1:'], `${words}\n`)).code).toBe(1);
    await expect(two.execute('rm -rf /workspace/deep/data')).rejects.toThrow(/whole disk/);
    const used = one.diskUsageBytes();
    const big = join(world.dir, 'big');
    writeFileSync(big, Buffer.alloc(15 * MB));
    const putBig = async (name: string) =>
      (
        await world.run(
          'sftp',
          one,
          ['-b', '-', 'root@127.0.0.1:'],
          `put ${big} /workspace/deep/data/${name}\n`,
        )
      ).code;
    expect([await putBig('a'), await putBig('b')]).toEqual([0, 1]);
    expect(Math.abs(one.diskUsageBytes() - used)).toBeLessThan(MB);
    await one.destroy();
    await two.recycle();
    expect((await world.run('ssh', two, ['cat $WORKSPACE/deep/data/file'])).stdout).toBe('shared\n');
    await world.room.removeVolume(5);
    expect(existsSync(join(world.dir, 'room/v-5'))).toBe(false);
    await two.destroy();
  });

  it.runIf(isRoot)('show volumes under the home and the workspace also while the disk is full', async () => {
    const volume = await world.room.volume({ volumeId: 6, sizeGb: 0.02 });
    const machine = await world.machine({ volumes: async () => [{ path: '/root/vol', volume }] });
    await world.run('ssh', machine, ['echo there > ~/vol/file']);
    await machine.beginFault('disk-full');
    const words = 'cat ~/vol/file; echo more >> ~/vol/file; head -c 100000 /dev/zero > ~/x';
    const { stdout, stderr } = await world.run('ssh', machine, [words]);
    expect([stdout, stderr]).toEqual(['there\n', expect.stringContaining('No space left')]);
    await machine.endFault('disk-full');
    expect((await world.run('ssh', machine, ['cat ~/vol/file'])).stdout).toBe('there\nmore\n');
    await machine.destroy();
  });

  it('copy as rsync does: with a slash what is in a folder, without the folder, links as links', async () => {
    const [from, to] = [await world.machine(), await world.machine()];
    const words =
      'cd $WORKSPACE; mkdir -p d/e; echo one > d/one; echo two > d/e/two; ln -s one d/link; chmod 640 d/one; touch -d @1000 d/one';
    await world.run('ssh', from, [words]);
    await from.stop();
    await to.stop();
    expect(await copy(from.files, '/workspace/d/', to.files, '/workspace/new')).toEqual({ bytes: 8 });
    await copy(from.files, '/workspace/d', to.files, '/workspace/');
    await copy(from.files, '/workspace/d/one', to.files, '/workspace/renamed');
    await copy(from.files, '/workspace/d/one', to.files, '/workspace/new/e');
    expect((await to.execute('ls -R /workspace')).output).toBe(
      '/workspace:\nd\nnew\nrenamed\n\n/workspace/d:\ne\nlink\none\n\n/workspace/d/e:\ntwo\n\n' +
        '/workspace/new:\ne\nlink\none\n\n/workspace/new/e:\none\ntwo\n',
    );
    expect((await to.execute('ls -l /workspace/new/')).output).toMatch(/-rw-r----- .* 1970 one/);
    expect((await to.execute('ls -l /workspace/new/')).output).toContain('link -> one');
    // What is the same already is not moved again.
    expect(await copy(from.files, '/workspace/d/', to.files, '/workspace/new')).toEqual({ bytes: 0 });
    expect(await copy(to.files, '/workspace/', to.files, '/workspace/d/self')).toMatchObject({ bytes: 24 });
    await expect(copy(from.files, '/workspace/none', to.files, '/workspace/')).rejects.toThrow(
      /No such file/,
    );
    await expect(copy(from.files, '/workspace/d', to.files, '/no/where')).rejects.toThrow(
      /mkdir "\/no\/where"/,
    );
    for (const machine of [from, to]) await machine.destroy();
  });

  it('take of a copy what fits before its limit or the end of the disk, and no torn file', async () => {
    const [from, to] = [await world.machine(), await world.machine({ diskGb: 0.03 })];
    await world.run('ssh', from, [
      'cd $WORKSPACE; for f in a b c; do head -c 10000000 /dev/urandom > $f; done',
    ]);
    expect(await copy(from.files, '/workspace/', to.files, '/workspace/', 15 * MB)).toEqual({
      bytes: 15 * MB,
    });
    expect((await to.execute('ls -A /workspace')).output).toBe('a\n');
    expect(await copy(from.files, '/workspace/', to.files, '/workspace/')).toEqual({
      bytes: 10 * MB,
      complaint: expect.stringContaining('No space left on device'),
    });
    expect((await to.execute('ls -A /workspace')).output).toBe('a\nb\n');
    for (const machine of [from, to]) await machine.destroy();
  });
});

describe.each(ISOLATIONS)('copies and volumes in a room of %s', (isolation) => {
  it('leave what is outside alone, whatever links lead there, and show nothing of it', async () => {
    await using world = await aRoom({ isolation });
    const outside = join(realpathSync(world.dir), 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'what stands outside');
    const volume = await world.room.volume({ volumeId: 7, sizeGb: 0.02 });
    const machine = await world.machine({
      instanceId: 71,
      volumes: async () => [{ path: '/workspace/in/vol', volume }],
    });
    const disk = join(realpathSync(world.dir), 'room/m-71/fs/disk');
    symlinkSync(outside, join(disk, 'workspace/out'));
    symlinkSync('../../../../../outside', join(disk, 'workspace/up'));
    writeFileSync(join(disk, 'workspace/mine'), 'of the machine');
    const { files } = machine;
    for (const link of ['out', 'up']) {
      for (const path of [
        `/workspace/${link}/`,
        `/workspace/${link}/secret`,
        `/workspace/${link}/../outside/secret`,
      ])
        await expect(copy(files, path, volume.files, '/')).rejects.toThrow(/No such file/);
      // As a link itself, it may be copied; followed on the other side it leads nowhere.
      await copy(files, `/workspace/${link}`, volume.files, '/');
      for (const path of [`/${link}/`, `/${link}/secret`, `/../../${link}/x`])
        await copy(files, '/workspace/mine', volume.files, path).catch(() => undefined);
      await copy(files, '/workspace/mine', files, `/workspace/${link}/secret`).catch(() => undefined);
    }
    // The way to the volume becomes a link: at the next start its place is made inside all the same.
    const words = 'cd $WORKSPACE && mkdir elsewhere && mv in old 2>/dev/null; echo done';
    expect((await world.run('ssh', machine, [words])).stdout).toContain('done');
    await machine.stop();
    if (!existsSync(join(disk, 'workspace/in'))) symlinkSync(outside, join(disk, 'workspace/in'));
    await machine.start().catch(() => undefined);
    await world.run('ssh', machine, ['echo x > $WORKSPACE/in/vol/x']).catch(() => undefined);
    const { readdirSync } = await import('node:fs');
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('what stands outside');
  });
});

it('several faults hold at once on one machine, each until its own end', async () => {
  await using world = await aRoom();
  const machine = await world.machine();
  const logIn = async () => (await world.run('ssh', machine, ['-o', 'BatchMode=yes', 'echo in'])).stdout;
  await machine.beginFault('refuse-key');
  await machine.beginFault('disk-full');
  await machine.beginFault('stuck-tunnel');
  await machine.reboot();
  expect(await logIn()).toBe('');
  await machine.endFault('refuse-key');
  expect(await logIn()).toBe('in\n');
  const write = 'head -c 100000 /dev/zero > $WORKSPACE/more';
  if (isRoot) expect((await world.run('ssh', machine, [write])).stderr).toContain('No space left');
  await machine.endFault('disk-full');
  // A user's namespaces have been full since they were made.
  if (!isRoot) await machine.reboot();
  expect((await world.run('ssh', machine, [write])).stderr).toBe('');
});

it.runIf(isRoot)('the next opening lets go of what a killed room had mounted', async () => {
  await using world = await aRoom();
  const dir = join(world.dir, 'left');
  const room = await openMachineRoom({ dir, clock, log: silentLog, disks: 'images' });
  await room.volume({ volumeId: 1, sizeGb: 0.01 });
  const mounted = () => readFileSync('/proc/self/mounts', 'utf8').includes(join(dir, 'v-1/fs'));
  expect(mounted()).toBe(true);
  writeFileSync(join(dir, 'room.json'), '{"pid": 999999999, "startTicks": 1}');
  const next = await openMachineRoom({ dir, clock, log: silentLog });
  expect([mounted(), existsSync(join(dir, 'v-1'))]).toEqual([false, false]);
  await next.close();
  await room.close().catch(() => undefined);
});
