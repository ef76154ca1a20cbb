// Scripted worlds on a stepped clock: trainings, workers, machines that stop, disks that fill.
import {
  ConnectionLostError,
  ConnectRefusedError,
  DiskFullError,
  NoSuchFileError,
  type RemoteShell,
} from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../src/base/std/index.ts';
import {
  createTwinMachine,
  type TrainingRunOptions,
  type TwinMachineOptions,
  trainingRun,
  worker,
} from '../../../src/sim/twin/index.ts';

const OUT = '/workspace/out';

function world(options: Partial<TwinMachineOptions> = {}) {
  const clock = new SteppedClock();
  const env = { WORKSPACE: '/workspace' };
  const machine = createTwinMachine({ clock, seed: 7, env, ...options });
  return { clock, machine };
}

const training = (options: Partial<TrainingRunOptions> = {}) =>
  trainingRun({ steps: 100, stepMs: 1_000, checkpointEverySteps: 20, ...options });

/** As a job starts it: detached, its output in a file, its end in another. */
const START = `cd /workspace; setsid nohup sh -c 'python3 train.py; echo $? > exit' >> log 2>&1 < /dev/null & echo $!`;

const textOf = async (shell: RemoteShell, path: string) =>
  Buffer.from(await shell.read(path, 0, 1_000_000)).toString();

describe('a training run', () => {
  it('prints its loss and writes checkpoints as the clock advances, and ends', async () => {
    const { clock, machine } = world({ programs: { python3: training() } });
    await using shell = await machine.connect();
    await shell.exec(START);
    await clock.step(35_500);
    expect((await textOf(shell, '/workspace/log')).trim().split('\n')).toEqual([
      expect.stringMatching(/^step 10\/100 loss \d\.\d{4} lr 1\.80e-4 1\.00 it\/s$/),
      expect.stringMatching(/^step 20\/100 /),
      expect.stringMatching(/^step 30\/100 /),
    ]);
    expect((await shell.list(OUT)).map(({ path }) => path)).toEqual([`${OUT}/ckpt-000020.pt`]);
    await clock.step(64_499);
    expect(await shell.stat('/workspace/exit')).toBeUndefined();
    await clock.step(1);
    expect(await textOf(shell, '/workspace/exit')).toBe('0\n');
    expect(await textOf(shell, '/workspace/log')).toMatch(/training finished after 100 steps\n$/);
    expect(machine.processes()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    expect(machine.refusals).toEqual([]);
  });

  it('goes on from the last whole checkpoint when its machine was stopped in the middle of one', async () => {
    const { clock, machine } = world({ programs: { python3: training({ checkpointWriteMs: 2_000 }) } });
    const first = await machine.connect();
    await first.exec(START);
    // The second checkpoint begins at 40 s and 2 s for the first one; it is half written a second later.
    await clock.step(43_000);
    machine.stop();
    await expect(machine.connect()).rejects.toBeInstanceOf(ConnectRefusedError);
    await expect(first.exec('true')).rejects.toBeInstanceOf(ConnectionLostError);
    expect(clock.pendingTimers).toBe(0);
    machine.start();
    await using shell = await machine.connect();
    const [whole, half] = await shell.list(OUT);
    expect([whole?.sizeBytes, half?.sizeBytes]).toEqual([64 * 1024, 32 * 1024]);
    await shell.exec(`rm /workspace/log; ${START}`);
    await clock.step(100_000);
    expect(await textOf(shell, '/workspace/log')).toMatch(
      /^resuming from \S+ckpt-000020\.pt \(step 20\)\nstep 30/,
    );
    expect(await textOf(shell, '/workspace/exit')).toBe('0\n');
  });

  it('tells the same loss at a step whether it was resumed or not', async () => {
    const logs: string[] = [];
    for (const stopAtMs of [0, 55_000]) {
      const { clock, machine } = world({ programs: { python3: training() } });
      let shell = await machine.connect();
      await shell.exec(START);
      if (stopAtMs > 0) {
        await clock.step(stopAtMs);
        machine.stop();
        machine.start();
        shell = await machine.connect();
        await shell.exec(START);
      }
      await clock.step(100_000);
      logs.push((await textOf(shell, '/workspace/log')).match(/^step (60|100).*$/gm)?.join('\n') ?? '');
      await shell.close();
    }
    expect(logs[0]).toMatch(/^step 60.*\nstep 100/);
    expect(logs[1]).toBe(logs[0]);
  });

  it.each([
    ['crash', '1', /RuntimeError: the training was told to fail at step 30\n$/],
    ['out-of-memory', '1', /CUDA out of memory/],
    ['killed', '137', /step 20\/100 [^\n]*\n$/],
  ] as const)('fails at its step: %s', async (kind, code, end) => {
    const { clock, machine } = world({ programs: { python3: training({ failure: { atStep: 30, kind } }) } });
    await using shell = await machine.connect();
    await shell.exec(START);
    await clock.step(29_999);
    expect(machine.processes().length).toBeGreaterThan(0);
    await clock.step(1);
    expect(await textOf(shell, '/workspace/exit')).toBe(`${code}\n`);
    expect(await textOf(shell, '/workspace/log')).toMatch(end);
  });

  it('fails once where it is told so, loses its loss, or hangs', async () => {
    const failure = { atStep: 30, kind: 'crash', times: 'once' } as const;
    const once = world({ programs: { python3: training({ failure }) } });
    await using shell = await once.machine.connect();
    await shell.exec(START);
    await once.clock.step(50_000);
    await shell.exec(START);
    await once.clock.step(100_000);
    expect(await textOf(shell, '/workspace/exit')).toBe('0\n');

    const nan = world({ programs: { python3: training({ failure: { atStep: 50, kind: 'nan' } }) } });
    await using nanShell = await nan.machine.connect();
    await nanShell.exec(START);
    await nan.clock.step(100_000);
    expect(await textOf(nanShell, '/workspace/log')).toMatch(
      /step 40\/100 loss \d[^\n]*\nstep 50\/100 loss NaN/,
    );

    const hung = world({ programs: { python3: training({ failure: { atStep: 50, kind: 'hang' } }) } });
    await using hungShell = await hung.machine.connect();
    await hungShell.exec(START);
    await hung.clock.step(1_000_000);
    expect(await textOf(hungShell, '/workspace/log')).toMatch(/step 40\/100 [^\n]*\n$/);
    expect(hung.machine.processes().length).toBeGreaterThan(0);
    hung.machine.stop();
    expect(hung.machine.processes()).toEqual([]);
  });

  it('ends when its disk is full, with a torn checkpoint', async () => {
    const { clock, machine } = world({ diskBytes: 150_000, programs: { python3: training() } });
    await using shell = await machine.connect();
    await shell.exec(START);
    await clock.step(100_000);
    expect(machine.processes()).toEqual([]);
    // Its last words and its exit code found no room either, as on a real machine.
    expect(await textOf(shell, '/workspace/log')).toMatch(/step 60[^\n]*\n$/);
    expect((await shell.stat('/workspace/exit'))?.sizeBytes).toBe(0);
    expect((await shell.stat(`${OUT}/ckpt-000060.pt`))?.sizeBytes).toBeLessThan(64 * 1024);
    expect(machine.files.usedBytes).toBe(150_000);
    await expect(shell.write('/tmp/more', 0, Buffer.from('x'))).rejects.toBeInstanceOf(DiskFullError);
    await shell.exec(`rm ${OUT}/ckpt-000060.pt`);
    await shell.write('/tmp/more', 0, Buffer.from('x'));
    expect((await shell.exec('df -P | tail -n 1')).stdout).toMatch(/^overlay 146 \d+ \d+ \d+% \/\n$/);
  });

  it('is followed by tail over a connection, line by line, until that is cut', async () => {
    const { clock, machine } = world({ programs: { python3: training() } });
    const shell = await machine.connect();
    await shell.exec(START);
    let seen = '';
    const following = (async () => {
      for await (const bytes of shell.stream('tail -n +1 -F /workspace/log')) seen += Buffer.from(bytes);
    })();
    await clock.step(20_000);
    expect(seen.match(/^step/gm)).toHaveLength(2);
    machine.cutConnections();
    await expect(following).rejects.toBeInstanceOf(ConnectionLostError);
    await clock.step(20_000);
    expect(seen.match(/^step/gm)).toHaveLength(2);
    await using second = await machine.connect();
    expect((await textOf(second, '/workspace/log')).match(/^step/gm)).toHaveLength(4);
    machine.stop();
  });

  it('writes the lines of transformers where asked', async () => {
    const { clock, machine } = world({ programs: { python3: training({ log: 'huggingface' }) } });
    await using shell = await machine.connect();
    const running = shell.exec('python3 train.py --out here');
    await clock.step(100_000);
    expect((await running).stdout).toMatch(
      /^\{'loss': \d\.\d+, 'learning_rate': 1\.800e-4, 'epoch': 0\.10\}\n/,
    );
    expect((await shell.list('here')).length).toBe(6);
  });
});

describe('a worker', () => {
  const items = (count: number) =>
    Array.from({ length: count }, (_, i) => `item-${String(i).padStart(2, '0')}`);
  const fill = async (shell: RemoteShell, count: number) =>
    await shell.exec(
      `mkdir -p /workspace/queue/todo; cd /workspace/queue/todo; touch ${items(count).join(' ')}`,
    );
  const names = async (shell: RemoteShell, folder: string) =>
    (await shell.list(`/workspace/queue/${folder}`)).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));

  it('takes every item once, also when several share the queue, and ends', async () => {
    const { clock, machine } = world({ programs: { work: worker({ itemMs: 1_000 }) } });
    await using shell = await machine.connect();
    await fill(shell, 10);
    const running = [shell.exec('work'), shell.exec('work'), shell.exec('work')];
    await clock.step(1_500);
    expect(await names(shell, 'doing')).toEqual(items(6).slice(3));
    await clock.step(10_000);
    const outputs = (await Promise.all(running)).map(({ stdout }) => stdout).join('');
    expect(outputs.match(/ done in 1000 ms/g)).toHaveLength(10);
    expect(await names(shell, 'done')).toEqual(items(10));
    expect(await names(shell, 'doing')).toEqual([]);
  });

  it('leaves what it had begun when it is killed, and waits for more where asked', async () => {
    const { clock, machine } = world({ programs: { work: worker({ itemMs: 1_000, whenEmpty: 'wait' }) } });
    await using shell = await machine.connect();
    await fill(shell, 2);
    const stream = shell.stream('work');
    const lines = (async () => {
      let text = '';
      for await (const bytes of stream) text += Buffer.from(bytes);
      return text;
    })();
    await clock.step(5_000);
    await shell.exec('touch /workspace/queue/todo/late');
    await clock.step(500);
    await shell.exec('kill $(ps -e -o pid=,comm= | head -n 1 | cut -c1-3)').catch(() => undefined);
    machine.stop();
    await expect(lines).rejects.toBeInstanceOf(ConnectionLostError);
    machine.start();
    await using second = await machine.connect();
    expect(await names(second, 'done')).toEqual(items(2));
    expect(await names(second, 'doing')).toEqual(['late']);
  });

  it('fails the same items for a seed, and gives up an item that was taken away', async () => {
    const failed: string[][] = [];
    for (let round = 0; round < 2; round += 1) {
      const { clock, machine } = world({
        programs: { work: worker({ itemMs: 10, failureRatio: 0.3, seed: 3 }) },
      });
      await using shell = await machine.connect();
      await fill(shell, 30);
      const running = shell.exec('work');
      await clock.step(5);
      await shell.exec('rm /workspace/queue/doing/*');
      await clock.step(10_000);
      expect((await running).stdout).toContain('item item-00 was taken away');
      failed.push(await names(shell, 'failed'));
    }
    expect(failed[0]?.length).toBeGreaterThan(0);
    expect(failed[0]?.length).toBeLessThan(30);
    expect(failed[1]).toEqual(failed[0]);
  });
});

describe('a twin', () => {
  it('does the same again for the same seed, to the byte', async () => {
    const transcript = async (seed: number) => {
      const { clock, machine } = world({
        seed,
        roundTripMs: 40,
        programs: {
          python3: training({ stepMs: 70 }),
          dice: async (process) => {
            for (let i = 0; i < 5; i += 1) {
              await process.sleep(process.random.int(1, 1000));
              await process.print(`${process.pid} ${process.clock.now()} ${process.random.next()}`);
            }
            return 0;
          },
        },
      });
      const shell = await machine.connect();
      const running = [
        shell.exec(START),
        ...Array.from({ length: 12 }, () => shell.exec('dice; ls /workspace; echo $$; ps -e -o pid=,args=')),
      ];
      await clock.step(60_000);
      const results = await Promise.all(running);
      const closing = shell.close();
      await clock.step(10_000);
      await closing;
      return JSON.stringify(results);
    };
    const first = await transcript(1);
    expect(await transcript(1)).toBe(first);
    expect(await transcript(2)).not.toBe(first);
  });

  it('leaves no timer when its connections are closed and its processes have ended', async () => {
    const { clock, machine } = world({ roundTripMs: 20 });
    const shell = await machine.connect();
    const running = shell.exec('sleep 5; echo x', { timeoutMs: 60_000 });
    const stat = shell.stat('/nothing');
    await clock.step(6_000);
    expect((await running).stdout).toBe('x\n');
    expect(await stat).toBeUndefined();
    await shell.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('runs at most eight commands of a connection at a time, as the real client does', async () => {
    const { clock, machine } = world();
    await using shell = await machine.connect();
    let ended = 0;
    const running = Array.from({ length: 20 }, () => shell.exec('sleep 1').then(() => (ended += 1)));
    await clock.step(1_000);
    expect(ended).toBe(8);
    await clock.step(1_000);
    expect(ended).toBe(16);
    await clock.step(1_000);
    await Promise.all(running);
    expect(ended).toBe(20);
  });

  it('gives a program that ignores SIGTERM its grace, then closes the channel over it', async () => {
    const { clock, machine } = world({
      programs: {
        stubborn: async (process) => {
          process.onSignal('SIGTERM', () => {});
          for (let i = 0; ; i += 1) {
            await process.print(`line ${i}`);
            await process.sleep(1_000);
          }
        },
      },
    });
    await using shell = await machine.connect();
    const controller = new AbortController();
    const running = shell.exec('exec stubborn', { signal: controller.signal });
    await clock.step(5_500);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await clock.step(1_000);
    expect(machine.processes()).toHaveLength(1);
    // Two seconds after the SIGTERM its channel is closed, and its next line breaks it.
    await clock.step(2_000);
    expect(machine.processes()).toEqual([]);
  });

  it('follows a file through truncation and replacement', async () => {
    const { machine, clock } = world();
    await using shell = await machine.connect();
    let seen = '';
    const stream = shell.stream('tail -n +1 -F /tmp/log 2>/dev/null');
    void (async () => {
      for await (const bytes of stream) seen += Buffer.from(bytes);
    })().catch(() => {});
    for (const line of [
      'echo late start > /tmp/log',
      'echo second >> /tmp/log',
      'echo cut > /tmp/log',
      'echo other > /tmp/new; mv /tmp/new /tmp/log',
      'rm /tmp/log',
      'echo again > /tmp/log',
    ]) {
      await shell.exec(line);
      await clock.untilIdle();
    }
    expect(seen).toBe('late start\nsecond\ncut\nother\nagain\n');
  });

  it('says what a program threw that is nobody’s fault but its own', async () => {
    const { machine } = world({
      programs: {
        broken: () => {
          throw new Error('a bug');
        },
      },
    });
    await using shell = await machine.connect();
    expect(await shell.exec('broken')).toMatchObject({ code: 70, stderr: 'broken: Error: a bug\n' });
    expect(machine.refusals).toEqual(['a program threw Error: a bug']);
  });

  it('has what was put on its disk from outside, and refuses what is not there', async () => {
    const { machine } = world();
    machine.files.makeDirectory('/data/set', 'parents');
    machine.files.write('/data/set/train.jsonl', '{"a":1}\n');
    await using shell = await machine.connect();
    expect((await shell.exec('cat /data/set/train.jsonl')).stdout).toBe('{"a":1}\n');
    expect(() => machine.files.read('/data/none')).toThrow('/data/none: No such file or directory');
    await expect(shell.read('/data/none', 0, 1)).rejects.toBeInstanceOf(NoSuchFileError);
  });
});
