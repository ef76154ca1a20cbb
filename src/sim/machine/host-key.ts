// A machine's host key: made with its disk, kept beside it, and the same at every start.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import ssh2 from 'ssh2';

/** The private key in OpenSSH's format. */
export function hostKeyAt(path: string): string {
  if (!existsSync(path)) writeFileSync(path, makeKey(), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

/** ssh2 1.17 drops a leading zero byte, so that about one key in 200 cannot be read (measured): that one is made anew. */
function makeKey(): string {
  for (;;) {
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'root' });
    const parsed = ssh2.utils.parseKey(key);
    if (parsed instanceof Error) continue;
    const [first] = [parsed].flat();
    if (first?.verify('trial', first.sign('trial')) === true) return key;
  }
}
