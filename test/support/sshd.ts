// OpenSSH's own server on a free loopback port, with its own host key and folder. Ended by its process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, type KeyPair } from 'vastdeck/ssh';

const SSHD = '/usr/sbin/sshd';

/** Why the tests on it are skipped, or undefined where it can run. */
export function whySshdCannotRun(): string | undefined {
  if (!existsSync(SSHD)) return `${SSHD} is not installed`;
  // Without root, sshd can log in only the user it runs as, which it does; its privilege folder needs root once.
  if (!existsSync('/run/sshd') && userInfo().uid !== 0)
    return '/run/sshd is missing and only root can make it';
  return undefined;
}

export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly username: string;
  readonly hostKey: KeyPair;
  /** Let in. */
  readonly userKey: KeyPair;
  /** An empty folder, removed with the server. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** `settings` are further lines of sshd_config; the first line for a keyword wins. */
export async function startSshd(settings: readonly string[] = []): Promise<Sshd> {
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const base = mkdtempSync(join(tmpdir(), 'vastdeck-sshd-'));
  const folder = join(base, 'files');
  mkdirSync(folder);
  const hostKey = generateKeyPair({ comment: 'host' });
  const userKey = generateKeyPair({ comment: 'user' });
  writeFileSync(join(base, 'host-key'), hostKey.privateKey.reveal(), { mode: 0o600 });
  writeFileSync(join(base, 'authorized-keys'), `${userKey.publicKey}\n`);
  const port = await freePort();
  const config = [
    ...settings,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${base}/host-key`,
    `AuthorizedKeysFile ${base}/authorized-keys`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'MaxStartups 200:30:400',
    // The one keyword that sshd does not take twice.
    ...(settings.some((line) => line.startsWith('Subsystem')) ? [] : ['Subsystem sftp internal-sftp']),
    // Away from the start-up files of whoever runs the tests: bash reads them in every session.
    `SetEnv HOME=${base}`,
  ];
  writeFileSync(join(base, 'config'), `${config.join('\n')}\n`);
  const server = spawn(SSHD, ['-D', '-e', '-f', join(base, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    }
    rmSync(base, { recursive: true, force: true });
  };
  try {
    await listening(server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    username: userInfo().username,
    hostKey,
    userKey,
    folder,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-2_000);
      if (said.includes('Server listening')) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
