// OpenSSH's own server on a loopback port, ended by its process: the far end that scp and we are compared on.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, type KeyPair } from '../../src/net/ssh/index.ts';

const SSHD = '/usr/sbin/sshd';

export interface OwnSshd extends AsyncDisposable {
  readonly port: number;
  readonly username: string;
  readonly hostKey: KeyPair;
  readonly userKey: KeyPair;
}

/** Why there is nothing to compare with here, or undefined. */
export function whyNoSshd(): string | undefined {
  return existsSync(SSHD) ? undefined : `${SSHD} is not installed`;
}

/** `base` gets its files; the start-up files of the user's own home are not read. */
export async function startOwnSshd(base: string): Promise<OwnSshd> {
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  mkdirSync(join(base, 'home'), { recursive: true });
  const hostKey = generateKeyPair({ comment: 'host' });
  const userKey = generateKeyPair({ comment: 'user' });
  writeFileSync(join(base, 'host-key'), hostKey.privateKey.reveal(), { mode: 0o600 });
  writeFileSync(join(base, 'authorized-keys'), `${userKey.publicKey}\n`);
  const port = await freePort();
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${base}/host-key`,
    `AuthorizedKeysFile ${base}/authorized-keys`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'Subsystem sftp internal-sftp',
    `SetEnv HOME=${base}/home`,
  ];
  writeFileSync(join(base, 'config'), `${settings.join('\n')}\n`);
  const server = spawn(SSHD, ['-D', '-e', '-f', join(base, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes('Server listening')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)));
  });
  return {
    port,
    username: userInfo().username,
    hostKey,
    userKey,
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
