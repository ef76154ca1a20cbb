// One connection for everybody: who shares it, when it closes, and how a stuck one is found.
import { ConnectionLostError, ConnectRefusedError, type RemoteShell, ShellClosedError } from 'vastdeck/ssh';
import { describe, expect, it } from 'vitest';
import { createShellPool, type ShellPoolOptions } from '../../../src/rent/remote/index.ts';
import { aRealTarget, aTwin, stepped } from './a-target.ts';

function aPool(options: Partial<ShellPoolOptions<string>> = {}) {
  const target = aTwin();
  let made = 0;
  const pool = createShellPool<string>({
    ...target,
    connect: async () => {
      made += 1;
      return await target.open();
    },
    ...options,
  });
  const on = <T>(promise: Promise<T>) => stepped(target.clock, promise);
  return { ...target, pool, open: pool.opener('one'), on, made: () => made };
}

describe('a pooled connection', () => {
  it('is one for many users at a time, and one for each machine', async () => {
    const { pool, open, on, made } = aPool();
    const shells = await on(Promise.all(Array.from({ length: 20 }, () => open())));
    const outputs = await on(Promise.all(shells.map((shell, at) => shell.exec(`echo ${at}`))));
    expect(outputs.map(({ stdout }) => Number(stdout))).toEqual(shells.map((_shell, at) => at));
    expect(made()).toBe(1);
    expect(pool.health('one')).toMatchObject({ isConnected: true, users: 20, handshake: 'taken' });
    await on(pool.opener('two')());
    expect(made()).toBe(2);
    await on(pool.close());
  });

  it('closes when nobody has used it for the idle time, and not before', async () => {
    const { pool, open, on, made, clock } = aPool({ idleCloseMs: 10_000 });
    await (await on(open())).close();
    await clock.step(9_000);
    await (await on(open())).close();
    expect(made()).toBe(1);
    await clock.step(9_900);
    expect(pool.health('one')?.isConnected).toBe(true);
    await clock.step(200);
    expect(pool.health('one')?.isConnected).toBe(false);
    await on(open());
    expect(made()).toBe(2);
    await on(pool.close());
    expect(clock.pendingTimers).toBe(0);
  });

  it('is made again after a loss, for whoever asks next', async () => {
    const { pool, open, on, made, twin } = aPool();
    const first = await on(open());
    const running = first.exec('sleep 1000');
    twin.cutConnections();
    await expect(on(running)).rejects.toBeInstanceOf(ConnectionLostError);
    const second = await on(open());
    expect((await on(second.exec('echo again'))).stdout).toBe('again\n');
    expect(made()).toBe(2);
    await on(pool.close());
  });

  it('ends with one user only what that user began', async () => {
    const { pool, open, on, clock } = aPool();
    const [first, second] = [await on(open()), await on(open())];
    const [own, other] = [first.exec('sleep 100'), second.exec('sleep 100; echo done')];
    own.catch(() => {});
    await clock.step(1_000);
    await first.close();
    await expect(on(own)).rejects.toBeInstanceOf(ShellClosedError);
    await expect(first.exec('true')).rejects.toBeInstanceOf(ShellClosedError);
    expect((await on(other)).stdout).toBe('done\n');
    await on(pool.close());
  });

  it('waits longer between tries the more of them fail, whoever tries', async () => {
    const { pool, open, on, clock, twin, made } = aPool();
    twin.stop();
    const tries = Array.from({ length: 50 }, async () => {
      for (let at = 0; at < 20; at += 1) await open().catch(() => {});
    });
    await on(Promise.all(tries));
    // All fifty share each try.
    expect(made()).toBeLessThanOrEqual(40);
    expect(pool.health('one')).toMatchObject({ isConnected: false, handshake: 'refused', users: 0 });
    twin.start();
    await clock.step(60_000);
    await on(open());
    await on(pool.close());
  });

  it('lets nobody in after it was closed', async () => {
    const { pool, open, on } = aPool();
    const shell = await on(open());
    await on(pool.close());
    await expect(shell.exec('true')).rejects.toBeInstanceOf(ConnectionLostError);
    await expect(open()).rejects.toBeInstanceOf(ShellClosedError);
  });
});

describe('a fresh handshake now and then', () => {
  it('tells that a machine takes no new connection while the old one works', async () => {
    let isClosed = false;
    const target = aTwin();
    const { pool, open, on, clock } = aPool({
      canaryEveryMs: 60_000,
      connect: async () => {
        if (isClosed) throw new ConnectRefusedError('The tunnel is stuck');
        return await target.twin.connect();
      },
    });
    const shell = await on(open());
    isClosed = true;
    await clock.step(59_000);
    expect(pool.health('one')).toMatchObject({ handshake: 'taken' });
    await clock.step(2_000);
    expect(pool.health('one')).toMatchObject({
      handshake: 'refused',
      isConnected: true,
      reason: 'The tunnel is stuck',
    });
    expect(await on(shell.exec('echo works'))).toMatchObject({ stdout: 'works\n' });
    isClosed = false;
    await clock.step(60_000);
    expect(pool.health('one')).toMatchObject({ handshake: 'taken' });
    await on(pool.close());
  });

  it('takes the place of a connection that no longer answers', async () => {
    const target = aTwin();
    let made = 0;
    const never = () => new Promise<never>(() => {});
    const frozen = (shell: RemoteShell): RemoteShell => ({ ...shell, stat: never });
    const { pool, open, on, clock } = aPool({
      canaryEveryMs: 60_000,
      answerMs: 5_000,
      connect: async () => {
        made += 1;
        const shell = await target.twin.connect();
        return made === 1 ? frozen(shell) : shell;
      },
    });
    const old = await on(open());
    const waiting = old.stat('/');
    waiting.catch(() => {});
    await clock.step(70_000);
    await expect(old.exec('true')).rejects.toBeInstanceOf(ConnectionLostError);
    const fresh = await on(open());
    expect(await on(fresh.stat('/'))).toMatchObject({ kind: 'directory' });
    expect(made).toBe(2);
    await on(pool.close());
  });
});

it('a machine whose tunnel is stuck is found, and entered again after its reboot', async () => {
  await using target = await aRealTarget();
  const pool = createShellPool<number>({
    ...target,
    connect: (_machine, how) => target.open(how),
    canaryEveryMs: 200,
    answerMs: 400,
  });
  const open = pool.opener(1);
  const shell = await open();
  expect((await shell.exec('echo in')).stdout).toBe('in\n');
  await target.machine.beginFault('stuck-tunnel');
  // The connection hangs without a word: only the canary ends this.
  await expect(shell.exec('sleep 60')).rejects.toBeInstanceOf(ConnectionLostError);
  expect(pool.health(1)).toMatchObject({ handshake: 'refused' });
  await target.machine.reboot();
  const again = await open();
  expect((await again.exec('echo again')).stdout).toBe('again\n');
  await pool.close();
});
