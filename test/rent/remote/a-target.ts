// Targets for the tests: a twin on a stepped clock, and a real simulated machine behind a proxy that can be cut.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectShell, generateKeyPair, type HostKey } from 'vastdeck/ssh';
import {
  createRandom,
  type Secret,
  SteppedClock,
  silentLog,
  systemClock,
} from '../../../src/base/std/index.ts';
import type { RemoteTarget } from '../../../src/rent/remote/index.ts';
import { type Machine, openMachineRoom } from '../../../src/sim/machine/index.ts';
import { createTwinMachine, type TwinMachine, type TwinMachineOptions } from '../../../src/sim/twin/index.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

export interface TwinTarget extends RemoteTarget {
  readonly clock: SteppedClock;
  readonly twin: TwinMachine;
}

export function aTwin(options: Partial<TwinMachineOptions> = {}): TwinTarget {
  const clock = new SteppedClock();
  const twin = createTwinMachine({ clock, seed: 'remote', ...options });
  return { clock, twin, random: createRandom('remote'), log: silentLog, open: () => twin.connect() };
}

/** Steps the clock until the promise has settled. */
export async function stepped<T>(clock: SteppedClock, promise: Promise<T>, stepMs = 100): Promise<T> {
  let isDone = false;
  promise.then(
    () => {
      isDone = true;
    },
    () => {
      isDone = true;
    },
  );
  for (let steps = 0; !isDone && steps < 100_000; steps += 1) {
    await clock.untilIdle();
    if (!isDone) await clock.step(stepMs);
  }
  return await promise;
}

export interface RealTarget extends RemoteTarget, AsyncDisposable {
  readonly machine: Machine;
  readonly proxy: TcpProxy;
  readonly privateKey: Secret;
  /** Seen at the last connection. */
  readonly hostKey: () => HostKey;
  /** A folder here, removed afterwards. */
  readonly dir: string;
}

export async function aRealTarget(): Promise<RealTarget> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vd-remote-')));
  const clock = systemClock();
  const room = await openMachineRoom({ dir: join(dir, 'room'), clock, log: silentLog });
  const key = generateKeyPair({ comment: 'remote' });
  const machine = await room.create({
    instanceId: 1,
    diskGb: 10,
    env: {},
    authorizedKeys: () => [key.publicKey],
    gpus: { name: 'RTX 4090', count: 2, memoryMb: 24_564, uuidSeed: 'remote' },
    load: () => ({ state: 'idle' }),
    autoTmux: false,
  });
  await machine.start();
  const proxy = await startTcpProxy(machine.sshPort);
  let seen: HostKey | undefined;
  return {
    clock,
    random: createRandom('remote'),
    log: silentLog,
    machine,
    proxy,
    dir,
    privateKey: key.privateKey,
    hostKey: () => {
      if (!seen) throw new Error('Nobody has connected yet');
      return seen;
    },
    open: ({ signal } = {}) =>
      connectShell({
        ...(signal && { signal }),
        host: '127.0.0.1',
        port: proxy.port,
        username: 'root',
        privateKeys: [key.privateKey],
        hostKey: {
          kind: 'first-use',
          pin: (shown) => {
            seen = shown;
          },
        },
        clock,
      }),
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await room.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
