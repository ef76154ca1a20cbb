// The real client against the simulator's SSH server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectShell, generateKeyPair } from 'vastdeck/ssh';
import { silentLog, systemClock } from '../../../src/base/std/index.ts';
import { openMachineRoom } from '../../../src/sim/machine/index.ts';
import { remoteShellConformance } from '../../support/remote-shell-conformance.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

remoteShellConformance("the simulator's SSH server", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'vastdeck-conformance-'));
  const clock = systemClock();
  const room = await openMachineRoom({ dir, clock, log: silentLog });
  const key = generateKeyPair({ comment: 'conformance' });
  const machine = await room.create({
    instanceId: 1,
    diskGb: 10,
    env: {},
    authorizedKeys: () => [key.publicKey],
    gpus: { name: 'RTX 4090', count: 1, memoryMb: 24_564, uuidSeed: 'conformance' },
    load: () => ({ state: 'idle' }),
    autoTmux: false,
  });
  await machine.start();
  const proxy = await startTcpProxy(machine.sshPort);
  return {
    folder: '/workspace/conformance',
    cut: () => proxy.cut(),
    connect: () =>
      connectShell({
        host: '127.0.0.1',
        port: proxy.port,
        username: 'root',
        privateKeys: [key.privateKey],
        hostKey: { kind: 'first-use', pin: () => {} },
        clock,
      }),
    close: async () => {
      await proxy.close();
      await room.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
});
