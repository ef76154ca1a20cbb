// Detached runs on a real machine over real SSH, by its own shell and kernel.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetachedRuns, type DetachedRuns, type RunStatus } from '../../../src/rent/remote/index.ts';
import { aRealTarget, type RealTarget } from './a-target.ts';

let target: RealTarget;
let runs: DetachedRuns;
beforeAll(async () => {
  target = await aRealTarget();
  runs = createDetachedRuns(target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const until = async (runId: string, state: RunStatus['state']): Promise<RunStatus> => {
  for (;;) {
    const status = await runs.status(runId);
    if (status.state === state) return status;
    if (status.state === 'lost') throw new Error(`The run is lost: ${status.reason}`);
  }
};
const far = async (command: string) => {
  await using shell = await target.open();
  return (await shell.exec(command)).stdout;
};

describe('a detached run on a machine', () => {
  it('survives the loss of every connection, and leaves its code', async () => {
    const command = 'while [ ! -e go ]; do sleep 0.05; done; echo "$TOKEN"; exit 7';
    const env = { TOKEN: "a'b\n$c" };
    const status = await runs.start({ runId: 'survivor', command, env, workdir: 'work' });
    expect(status.state).toBe('running');
    target.proxy.cut();
    expect(await runs.start({ runId: 'survivor', command, env, workdir: 'work' })).toMatchObject({
      state: 'running',
      pid: status.state === 'running' && status.pid,
    });
    const seen = await far('ps -ef; cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    expect(seen).toContain('.vastdeck/runs/survivor');
    expect(seen).not.toContain('TOKEN');
    expect(seen).not.toContain("a'b");
    await far('touch work/go');
    expect(await until('survivor', 'exited')).toMatchObject({ code: 7, signal: null });
    expect(await far(`cat ${runs.logPath('survivor')}`)).toBe("a'b\n$c\n");
  });

  it('is started once by ten starts at a time', async () => {
    const run = { runId: 'once', command: 'echo once' };
    await Promise.all(Array.from({ length: 10 }, () => runs.start(run)));
    await until('once', 'exited');
    expect(await far(`cat ${runs.logPath('once')}`)).toBe('once\n');
  });

  it('is ended with its children, by TERM where that is obeyed and by KILL after the grace', async () => {
    await runs.start({ runId: 'soft', command: 'sleep 4711 & sleep 4712' });
    await runs.signal('soft', { graceMs: 30_000 });
    expect(await until('soft', 'exited')).toMatchObject({ code: 143, signal: 'SIGTERM' });
    await runs.start({
      runId: 'hard',
      command: 'trap "" TERM; echo deaf; while :; do sleep 0.1; done',
    });
    while ((await far(`cat ${runs.logPath('hard')}`)) !== 'deaf\n');
    await runs.signal('hard', { graceMs: 1_000 });
    expect(await until('hard', 'exited')).toMatchObject({ code: 137, signal: 'SIGKILL' });
    expect(await far('pgrep -f "sleep 471[12]"; true')).toBe('');
  });

  it('is lost when both its processes were killed, and the command alone is an end by signal', async () => {
    await runs.start({ runId: 'victim', command: 'sleep 100' });
    await far('cd .vastdeck/runs/victim; kill -9 $(readlink child | cut -d: -f1)');
    expect(await until('victim', 'exited')).toMatchObject({ signal: 'SIGKILL' });
    await runs.start({ runId: 'gone', command: 'sleep 100' });
    await far(
      'cd .vastdeck/runs/gone; kill -9 $(readlink owner | cut -d: -f1) $(readlink child | cut -d: -f1)',
    );
    let status = await runs.status('gone');
    while (status.state === 'running') status = await runs.status('gone');
    expect(status).toMatchObject({ state: 'lost' });
  });

  it('is lost by a reboot', async () => {
    await runs.start({ runId: 'reboot', command: 'sleep 100' });
    await target.machine.reboot();
    const status = await runs.status('reboot');
    expect(status).toMatchObject({ state: 'lost' });
    if (status.state === 'lost') expect(status.reason).not.toBe('out-of-memory');
  });
});
