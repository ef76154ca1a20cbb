// Faults of a machine, each begun by command and lifted again.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Machine } from '../../../src/sim/machine/index.ts';
import { aRoom, newKey, type TestRoom } from './a-room.ts';

let world: TestRoom;
let machine: Machine;
beforeAll(async () => {
  world = await aRoom();
  machine = await world.machine();
});
afterAll(async () => await world[Symbol.asyncDispose]());

const logIn = async () => (await world.run('ssh', machine, ['-o', 'BatchMode=yes', 'echo in'])).stdout;

it('refuses every key, and takes them again', async () => {
  await machine.beginFault('refuse-key');
  expect(await logIn()).toBe('');
  await machine.endFault('refuse-key');
  expect(await logIn()).toBe('in\n');
});

it('loses the keys that were there, and takes one that is attached afterwards', async () => {
  const later = newKey();
  const keys = [world.publicKey];
  const own = await world.machine({ authorizedKeys: () => keys });
  await own.beginFault('lose-keys');
  await expect(world.connect(own)).rejects.toThrow(/authentication/);
  keys.push(later.public);
  (await world.connect(own, { privateKey: later.private })).end();
  await expect(world.connect(own)).rejects.toThrow(/authentication/);
  await own.endFault('lose-keys');
  (await world.connect(own)).end();
});

it('accepts TCP and never answers while its tunnel is stuck, until a reboot', async () => {
  await machine.beginFault('stuck-tunnel');
  const socket = connect(machine.sshPort, '127.0.0.1');
  let received = 0;
  socket.on('data', (bytes: Buffer) => (received += bytes.length));
  await once(socket, 'connect');
  socket.write('SSH-2.0-test\r\n');
  const refused = await world.run('ssh', machine, ['-o', 'ConnectTimeout=1', 'true']);
  expect([refused.code, received]).toEqual([255, 0]);
  socket.on('error', () => {});
  await machine.reboot();
  expect(await logIn()).toBe('in\n');
});

it('leaves an open connection without an answer when its tunnel gets stuck', async () => {
  const client = await world.connect(machine);
  await machine.beginFault('stuck-tunnel');
  let hasAnswered = false;
  client.exec('true', () => (hasAnswered = true));
  await world.run('ssh', machine, ['-o', 'ConnectTimeout=1', 'true']);
  expect(hasAnswered).toBe(false);
  client.destroy();
  await machine.reboot();
});

it('resets a transfer after a megabyte, and lets small answers through', async () => {
  await machine.beginFault('reset-mid-transfer');
  expect(await logIn()).toBe('in\n');
  const up = await world.run('ssh', machine, ['cat > $WORKSPACE/up'], Buffer.alloc(20_000_000));
  const down = await world.run('ssh', machine, ['head -c 20000000 /dev/zero']);
  expect([up.code, down.code]).toEqual([255, 255]);
  expect(down.stdout.length).toBeLessThan(10_000_000);
  await machine.endFault('reset-mid-transfer');
  const whole = await world.run('ssh', machine, ['head -c 20000000 /dev/zero']);
  expect(whole.stdout.length).toBe(20_000_000);
});

it('is slow, and everything still arrives', async () => {
  await machine.beginFault('slow');
  expect((await world.run('ssh', machine, ['cat'], 'through the slow link')).stdout).toBe(
    'through the slow link',
  );
  await machine.endFault('slow');
});

it('lets nothing more be written while its disk is full, by SFTP and by processes, and keeps what was there', async () => {
  await world.run('ssh', machine, ['echo before > $WORKSPACE/before']);
  await machine.beginFault('disk-full');
  const put = await world.run(
    'sftp',
    machine,
    ['-b', '-', 'root@127.0.0.1:'],
    `put ${world.dir}/key /workspace/key\n`,
  );
  expect([put.code, put.stderr]).toEqual([1, expect.stringContaining('Failure')]);
  const words = 'cat $WORKSPACE/before; head -c 100000 /dev/zero > $WORKSPACE/more';
  const written = await world.run('ssh', machine, [words]);
  expect(written.stdout).toBe('before\n');
  // A user cannot mount into namespaces that are there already: then only SFTP is full.
  if (world.room.isolation === 'namespaces' && process.getuid?.() === 0)
    expect(written.stderr).toContain('No space left on device');
  await machine.endFault('disk-full');
  const after = await world.run('ssh', machine, [
    'head -c 100000 /dev/zero > $WORKSPACE/more && wc -c < $WORKSPACE/more',
  ]);
  expect(after.stdout.trim()).toBe('100000');
});
