// The real client against Debian's OpenSSH server.
import { connectShell } from 'vastdeck/ssh';
import { describe, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { remoteShellConformance } from '../../support/remote-shell-conformance.ts';
import { startSshd, whySshdCannotRun } from '../../support/sshd.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

const obstacle = whySshdCannotRun();

describe.skipIf(obstacle !== undefined)('the real client', () => {
  remoteShellConformance("OpenSSH's sshd", async () => {
    const sshd = await startSshd();
    const proxy = await startTcpProxy(sshd.port);
    return {
      folder: sshd.folder,
      cut: () => proxy.cut(),
      connect: () =>
        connectShell({
          host: '127.0.0.1',
          port: proxy.port,
          username: sshd.username,
          privateKeys: [sshd.userKey.privateKey],
          hostKey: { kind: 'pinned', fingerprint: sshd.hostKey.fingerprint },
          clock: systemClock(),
        }),
      close: async () => {
        await proxy.close();
        await sshd.stop();
      },
    };
  });
});

it.runIf(obstacle !== undefined)(`is not tested against sshd here: ${obstacle}`, () => {});
