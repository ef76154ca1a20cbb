// A small SSH server of ssh2's for what OpenSSH cannot be made to do in a test: passwords without PAM, a
// count of who tried to log in, and reads that give less than was asked for.
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { generateKeyPair, type KeyPair } from 'vastdeck/ssh';

const { STATUS_CODE } = ssh2.utils.sftp;

export interface Ssh2Server extends AsyncDisposable {
  readonly port: number;
  readonly hostKey: KeyPair;
  /** The methods that were tried, in order. */
  readonly tries: readonly string[];
}

/** Every file of its SFTP has `content`, of which a read gives at most `readBytes`. */
export interface Ssh2ServerOptions {
  readonly password: string;
  readonly content?: Buffer;
  readonly readBytes?: number;
}

export async function startSsh2Server({
  password,
  content = Buffer.alloc(0),
  readBytes = content.length,
}: Ssh2ServerOptions): Promise<Ssh2Server> {
  const hostKey = generateKeyPair({ comment: 'host' });
  const tries: string[] = [];
  const clients = new Set<{ end(): void }>();
  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey.reveal()] }, (client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('authentication', (attempt) => {
      tries.push(attempt.method);
      if (attempt.method === 'password' && attempt.password === password) attempt.accept();
      else attempt.reject(['publickey', 'password']);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('exec', (acceptExec) => {
        const channel = acceptExec();
        channel.stderr.write('vastdeck-process 1\n');
        channel.write('vastdeck-output begins\nlogged in');
        channel.exit(0);
        channel.end();
      });
      session.on('sftp', (acceptSftp) => {
        const sftp = acceptSftp();
        sftp.on('OPEN', (id) => sftp.handle(id, Buffer.from('file')));
        sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
        sftp.on('READ', (id, _handle, offset, length) => {
          const bytes = content.subarray(offset, offset + Math.min(length, readBytes));
          if (bytes.length > 0) sftp.data(id, bytes);
          else sftp.status(id, STATUS_CODE.EOF);
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey,
    tries,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
