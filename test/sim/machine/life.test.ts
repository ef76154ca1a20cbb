// A machine's life: what stopping keeps, what destroying removes, and that nothing outlives it or the simulator.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import { ISOLATIONS, openMachineRoom } from '../../../src/sim/machine/index.ts';
import { aRoom, run, type TestRoom, untilText } from './a-room.ts';

const clock = systemClock();

/** Looks again until it is so; the test's own time limit ends it. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await clock.sleep(10);
}

/** Processes of the host whose command line holds the word. */
async function processesWith(word: string): Promise<number> {
  const { stdout } = await run('pgrep', ['-fc', word]);
  return Number(stdout);
}

describe.each(ISOLATIONS)('in a room of %s', (isolation) => {
  let world: TestRoom;
  beforeAll(async () => {
    world = await aRoom({ isolation });
  });
  afterAll(async () => await world[Symbol.asyncDispose]());

  it('a stop ends processes and closes the port; a start brings the disk, the key and the port back', async () => {
    const machine = await world.machine();
    await world.run('ssh', machine, ['echo kept > $WORKSPACE/file; nohup sleep 71001 >/dev/null 2>&1 &']);
    expect(await processesWith('sleep 71001')).toBe(1);
    const { sshPort } = machine;
    await machine.stop();
    expect(await processesWith('sleep 71001')).toBe(0);
    await expect(once(connect(sshPort, '127.0.0.1'), 'connect')).rejects.toThrow();
    expect((await machine.execute('ls /workspace')).output).toBe('file\n');
    await machine.start();
    expect(machine.sshPort).toBe(sshPort);
    // ssh compares the host key with the one it saw before, and would complain of another one.
    const again = await world.run('ssh', machine, ['cat $WORKSPACE/file']);
    expect(again).toEqual({ code: 0, stdout: 'kept\n', stderr: '' });
    await machine.destroy();
  });

  it('a stop resets connections in the middle of a command', async () => {
    const machine = await world.machine();
    const running = world.run('ssh', machine, ['echo ready > $WORKSPACE/at; sleep 1000']);
    await until(async () => (await machine.execute('ls /workspace')).output.includes('at'));
    await machine.stop();
    expect((await running).code).toBe(255);
    await machine.destroy();
  });

  it('onstart runs at each start, its output is in the logs, and what it leaves runs on', async () => {
    const machine = await world.machine({
      env: { GREETING: 'hello there' },
      onstart: 'echo "$GREETING from onstart"; echo x >> $WORKSPACE/starts; sleep 71002 &',
    });
    await until(async () => (await machine.logs()).includes('hello there from onstart'));
    await until(async () => (await processesWith('sleep 71002')) === 1);
    await machine.reboot();
    const { stdout } = await world.run('ssh', machine, [
      'until [ $(wc -l < $WORKSPACE/starts) = 2 ]; do sleep 0.01; done; echo twice',
    ]);
    expect(stdout).toBe('twice\n');
    await machine.destroy();
    expect(await processesWith('sleep 71002')).toBe(0);
  });

  it('a command given as arguments runs instead of SSH, and its end is reported with its code', async () => {
    const ended = Promise.withResolvers<number | null>();
    const args = ['/bin/bash', '-c', 'echo main; sleep 71003 & exit 6'];
    const machine = await world.machine({ args, onExit: ended.resolve });
    expect(await ended.promise).toBe(6);
    expect(machine.sshPort).toBe(0);
    expect(await machine.logs()).toBe('main\n');
    expect(await processesWith('sleep 71003')).toBe(0);
    await machine.destroy();
  });

  it('such a command is asked to end by a stop, which is not reported as its end', async () => {
    let exits = 0;
    const args = [
      '/bin/bash',
      '-c',
      'trap "echo saved; exit 0" TERM; echo ready; while :; do sleep 0.01; done',
    ];
    const machine = await world.machine({ args, onExit: () => (exits += 1) });
    await until(async () => (await machine.logs()).includes('ready'));
    await machine.stop();
    expect([await machine.logs(), exits]).toEqual(['ready\nsaved\n', 0]);
    await machine.destroy();
  });

  it('recycling gives a fresh disk and another host key', async () => {
    const machine = await world.machine();
    await world.run('ssh', machine, ['echo x > $WORKSPACE/file']);
    await machine.recycle();
    expect((await machine.execute('ls /workspace')).output).toBe('');
    const warned = await world.run('ssh', machine, ['true']);
    expect(warned.stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
    await machine.destroy();
  });

  it('destroying removes every file, also in folders without rights, and cannot be undone', async () => {
    const machine = await world.machine({ instanceId: 88 });
    await world.run('ssh', machine, [
      'mkdir -p $WORKSPACE/a/b; touch $WORKSPACE/a/b/c; chmod 000 $WORKSPACE/a/b $WORKSPACE/a',
    ]);
    const folder = join(world.dir, 'room/m-88');
    expect(existsSync(folder)).toBe(true);
    await machine.destroy();
    expect(existsSync(folder)).toBe(false);
    await expect(machine.start()).rejects.toThrow(/was destroyed/);
  });

  it('nothing is left of a simulator that was killed: no process, no file', async () => {
    const dir = join(world.dir, 'killed');
    const word = `word-${isolation}-${process.pid}`;
    const script = fileURLToPath(new URL('./room.process.ts', import.meta.url));
    const simulator = spawn(process.execPath, [script, dir, isolation, word], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void simulator.kill('SIGKILL'));
    await untilText(simulator.stdout, 'ready');
    expect(await processesWith(word)).toBeGreaterThanOrEqual(3);
    await expect(openMachineRoom({ dir, clock, log: silentLog, isolation })).rejects.toThrow(
      /in use by process/,
    );
    simulator.kill('SIGKILL');
    await once(simulator, 'exit');
    await until(async () => (await processesWith(word)) === 0);
    await until(() => !existsSync(dir));
  });

  it('the next opening clears what is left when the reaper was killed too, and nothing else', async () => {
    const dir = join(world.dir, 'left');
    mkdirSync(join(dir, 'm-5/disk/locked'), { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, 'mine'), 'not a machine');
    writeFileSync(join(dir, 'room.json'), '{"pid": 999999999, "startTicks": 1}');
    // A daemon as a machine of plain processes leaves it: marked, and in a session of its own.
    const daemon = spawn('sleep', ['71004'], {
      detached: true,
      stdio: 'ignore',
      env: { VASTDECK_MACHINE: join(dir, 'm-5') },
    });
    const room = await openMachineRoom({ dir, clock, log: silentLog, isolation });
    await until(() => daemon.signalCode === 'SIGKILL');
    expect(readdirSync(dir).sort()).toEqual(['mine', 'room.json']);
    await room.close();
    expect(readdirSync(dir)).toEqual(['mine']);
  });

  it('shows the load of the moment through nvidia-smi', async () => {
    let utilizationPercent = 98;
    const machine = await world.machine({ load: () => ({ state: 'training', utilizationPercent }) });
    const query = 'nvidia-smi --query-gpu=index,utilization.gpu --format=csv,noheader,nounits';
    expect((await world.run('ssh', machine, [query])).stdout).toBe('0, 98\n1, 98\n');
    utilizationPercent = 3;
    expect((await world.run('ssh', machine, [query])).stdout).toBe('0, 3\n1, 3\n');
    const wrong = await world.run('ssh', machine, ['nvidia-smi --query-gpu=soul --format=csv']);
    expect([wrong.code, wrong.stdout]).toEqual([2, 'Field "soul" is not a valid field to query.\n']);
    const loop = await world.run('ssh', machine, [`${query} -i 1 -lms 20 | head -n 3`]);
    expect(loop.stdout).toBe('1, 3\n1, 3\n1, 3\n');
    await machine.destroy();
  });
});

describe('where machines have namespaces', () => {
  let world: TestRoom;
  beforeAll(async () => {
    world = await aRoom();
  });
  afterAll(async () => await world[Symbol.asyncDispose]());

  it.runIf(process.getuid?.() === 0)(
    '/root, /workspace and /tmp are the machine’s own, the host’s programs cannot be changed, and it sees only its own processes',
    async () => {
      expect(world.room.isolation).toBe('namespaces');
      const machine = await world.machine();
      const words =
        'echo x > /workspace/f; echo x > /tmp/f; cd; pwd; ls -A /tmp /workspace; touch /usr/x 2>&1; ls /proc | grep -c "^[0-9]"; echo y >> /etc/environment && echo writable';
      const { stdout } = await world.run('ssh', machine, [words]);
      expect(stdout).toMatch(
        /^\/root\n\/tmp:\nf\n\n\/workspace:\nf\ntouch: .*Read-only file system\n[2-5]\nwritable\n$/,
      );
    },
  );

  it('a machine has no process while nobody is logged in, and one more login finds its files', async () => {
    // Namespaces are left some seconds after the last command; here they are hundredths.
    let looks = 0;
    const setTimer = (ms: number, fn: () => void) =>
      clock.setTimer(ms / 100, () => {
        looks += 1;
        fn();
      });
    const fast = { ...clock, setTimer };
    await using own = await aRoom({ clock: fast });
    const machine = await own.machine();
    await own.run('ssh', machine, ['echo x > $WORKSPACE/f']);
    await until(async () => (await processesWith(`${own.dir}/room/m-`)) === 0);
    expect((await own.run('ssh', machine, ['cat $WORKSPACE/f'])).stdout).toBe('x\n');
    await own.run('ssh', machine, ['nohup sleep 71005 >/dev/null 2>&1 &']);
    await until(async () => (await processesWith('nsenter.*71005')) === 0);
    const before = looks;
    await until(() => looks > before + 2);
    expect(await processesWith('sleep 71005')).toBe(1);
  });
});

it('counts the bytes of its connections, also those of earlier runs', async () => {
  await using world = await aRoom();
  const machine = await world.machine();
  expect(machine.trafficBytes()).toEqual({ inBytes: 0, outBytes: 0 });
  await world.run('ssh', machine, ['cat > $WORKSPACE/f'], Buffer.alloc(2_000_000));
  await world.run('ssh', machine, ['head -c 500000 $WORKSPACE/f'], '');
  const before = machine.trafficBytes();
  expect(before.inBytes).toBeGreaterThan(2_000_000);
  expect(before.inBytes).toBeLessThan(2_200_000);
  expect(before.outBytes).toBeGreaterThan(500_000);
  expect(before.outBytes).toBeLessThan(600_000);
  await machine.reboot();
  expect(machine.trafficBytes()).toEqual(before);
  expect(machine.diskUsageBytes()).toBeGreaterThan(2_000_000);
});

it('refuses a second machine for an instance, and any once the room is closed', async () => {
  await using world = await aRoom();
  await world.machine({ instanceId: 5 });
  await expect(world.machine({ instanceId: 5 })).rejects.toThrow(/has a machine already/);
  await world.room.close();
  await expect(world.machine({ instanceId: 6 })).rejects.toThrow(/closed/);
  expect(readFileSync(join(world.dir, 'key'), 'utf8')).toContain('PRIVATE');
});
