// Detached runs on the twin: what becomes of a run, and that nothing starts it twice.
import { describe, expect, it } from 'vitest';
import { createDetachedRuns, parseStatus, RunStartError } from '../../../src/rent/remote/index.ts';
import { aTwin, stepped } from './a-target.ts';

function aWorld() {
  const target = aTwin();
  const runs = createDetachedRuns(target);
  const on = <T>(promise: Promise<T>) => stepped(target.clock, promise);
  const log = (runId: string) => target.twin.files.readText(`/root/${runs.logPath(runId)}`);
  return { ...target, runs, on, log };
}

describe('a detached run on the twin', () => {
  it('runs with its environment in its folder, and leaves its code when it has ended', async () => {
    const { runs, on, clock, log, twin } = aWorld();
    expect(await on(runs.status('a'))).toEqual({ state: 'not-started' });
    const command = 'echo "$TOKEN in $PWD"; sleep 60; exit 3';
    const started = clock.now();
    const status = await on(
      runs.start({ runId: 'a', command, env: { TOKEN: "it's $secret" }, workdir: '/workspace/x' }),
    );
    expect(status).toMatchObject({ state: 'running', sinceMs: started });
    await clock.step(59_000);
    expect(await on(runs.status('a'))).toEqual(status);
    await clock.step(2_000);
    const ended = await on(runs.status('a'));
    expect(ended).toEqual({
      state: 'exited',
      code: 3,
      signal: null,
      isOutOfMemory: false,
      sinceMs: started,
      atMs: started + 60_000,
    });
    expect(log('a')).toBe("it's $secret in /workspace/x\n");
    expect(twin.refusals).toEqual([]);
  });

  it('never shows its command or its environment in the process list', async () => {
    const { runs, on, open, twin } = aWorld();
    await on(runs.start({ runId: 'a', command: 'sleep 60 # hidden-word', env: { TOKEN: 'hidden-value' } }));
    await using shell = await open();
    const { stdout } = await shell.exec('ps -e -o args=');
    expect(stdout).toContain('sleep 60');
    expect(stdout).not.toMatch(/hidden/);
    expect(twin.refusals).toEqual([]);
  });

  it('is found, not started again, when it is asked for again, at once or when it has ended', async () => {
    const { runs, on, clock, log } = aWorld();
    const run = { runId: 'a', command: 'echo once; sleep 10' };
    const both = await on(Promise.all([runs.start(run), runs.start(run), runs.start(run)]));
    expect(new Set(both.map((status) => JSON.stringify(status))).size).toBe(1);
    await clock.step(20_000);
    expect(await on(runs.start(run))).toMatchObject({ state: 'exited', code: 0 });
    expect(log('a')).toBe('once\n');
  });

  it('goes on over a lost connection while it starts, and is started once', async () => {
    const { runs, on, twin, log, clock } = aWorld();
    const starting = runs.start({ runId: 'a', command: 'echo once; sleep 10' });
    await clock.step(20);
    twin.cutConnections();
    expect(await on(starting)).toMatchObject({ state: 'running' });
    twin.cutConnections();
    await clock.step(20_000);
    expect(await on(runs.status('a'))).toMatchObject({ state: 'exited', code: 0 });
    expect(log('a')).toBe('once\n');
  });

  it('is ended with its whole group by TERM, and says the signal', async () => {
    const { runs, on, twin, clock } = aWorld();
    await on(runs.start({ runId: 'a', command: 'sleep 1000 & sleep 1001' }));
    expect(twin.processes().filter(({ name }) => name === 'sleep')).toHaveLength(2);
    await on(runs.signal('a', { graceMs: 5_000 }));
    await clock.step(1_000);
    expect(await on(runs.status('a'))).toMatchObject({ state: 'exited', code: 143, signal: 'SIGTERM' });
    await clock.step(10_000);
    expect(twin.processes()).toEqual([]);
    expect(twin.refusals).toEqual([]);
  });

  it('is killed after the grace when it does not obey, and not before', async () => {
    const target = aTwin({
      programs: {
        stubborn: async (process) => {
          process.onSignal('SIGTERM', () => {});
          await process.sleep(1_000_000);
          return 0;
        },
      },
    });
    const runs = createDetachedRuns(target);
    const on = <T>(promise: Promise<T>) => stepped(target.clock, promise);
    await on(runs.start({ runId: 'a', command: 'exec stubborn' }));
    await on(runs.signal('a', { graceMs: 10_000 }));
    await target.clock.step(8_000);
    expect(await on(runs.status('a'))).toMatchObject({ state: 'running' });
    await target.clock.step(3_000);
    expect(await on(runs.status('a'))).toMatchObject({ state: 'exited', code: 137, signal: 'SIGKILL' });
  });

  it('is lost when its machine stopped, and is not started again', async () => {
    const { runs, on, twin, clock, log } = aWorld();
    const run = { runId: 'a', command: 'echo once; sleep 1000' };
    await on(runs.start(run));
    twin.stop();
    twin.start();
    await clock.step(1_000);
    expect(await on(runs.status('a'))).toMatchObject({ state: 'lost', reason: 'killed' });
    expect(await on(runs.start(run))).toMatchObject({ state: 'lost' });
    expect(log('a')).toBe('once\n');
  });

  it('cannot be started on a full disk, which is said, and can afterwards', async () => {
    const { runs, on, twin } = aWorld();
    twin.files.write('/fill', new Uint8Array(0));
    const small = aTwin({ diskBytes: 1_000 });
    small.twin.files.write('/fill', new Uint8Array(990));
    const full = createDetachedRuns(small);
    const run = { runId: 'a', command: `echo ${'x'.repeat(100)}` };
    await expect(stepped(small.clock, full.start(run))).rejects.toBeInstanceOf(RunStartError);
    expect(await on(runs.start(run))).toMatchObject({ sinceMs: expect.any(Number) });
  });

  it('refuses names that lead elsewhere', async () => {
    const { runs } = aWorld();
    for (const runId of ['', '..', '../x', 'a/b', '-x', `${'a'.repeat(101)}`])
      await expect(runs.start({ runId, command: 'true' })).rejects.toThrow(TypeError);
  });
});

describe('a status', () => {
  const owner = 'owner 10:500:boot-1:7:0:1000';
  const child = 'child 11:501';
  const at = (lines: readonly string[]) => parseStatus(`${lines.join('\n')}\n`, 5_000_000);

  it.each([
    ['the same supervisor runs', ['alive-owner 500:S'], 'boot-1:7:0:2000', { state: 'running', pid: 11 }],
    ['only the command runs', ['alive-child 501:R'], 'boot-1:7:0:2000', { state: 'running', pid: 11 }],
    [
      'both numbers are used again by others',
      ['alive-owner 900:S', 'alive-child 901:S'],
      'boot-1:7:0:2000',
      { state: 'lost', reason: 'killed' },
    ],
    ['it is a zombie', ['alive-child 501:Z'], 'boot-1:7:0:2000', { state: 'lost', reason: 'killed' }],
    [
      'the machine booted and the numbers are the same',
      ['alive-owner 500:S'],
      'boot-2:7:0:2000',
      { state: 'lost', reason: 'machine-rebooted' },
    ],
    ['the container began anew', [], 'boot-1:9:0:2000', { state: 'lost', reason: 'container-restarted' }],
    ['the kernel ran out of memory', [], 'boot-1:7:1:2000', { state: 'lost', reason: 'out-of-memory' }],
  ])('where %s', (_title, alive, system, expected) => {
    expect(at([owner, child, ...alive, `system ${system}`])).toMatchObject(expected);
  });

  it('tells times by our clock, and an end for want of memory', () => {
    expect(at(['exit 137:1900:0:1', owner, child, 'system boot-1:7:1:2000'])).toEqual({
      state: 'exited',
      code: 137,
      signal: 'SIGKILL',
      isOutOfMemory: true,
      sinceMs: 5_000_000 - 1_000_000,
      atMs: 5_000_000 - 100_000,
    });
  });
});
