// The line of an onstart script that lets a key in, for when the service's own way to attach it is late or lost.
import { KeyFormatError, quoteWord } from '../../../net/ssh/index.ts';

/**
 * A line of POSIX shell, about 350 characters and the key: appends the public key to root's authorized_keys unless it
 * is there, with the permissions that sshd demands; run again it changes nothing, and its failure does not end a script
 * with `set -e`. Throws KeyFormatError for what is no single line of a key.
 */
export function onstartKeyLine(publicKey: string): string {
  const line = publicKey.trim();
  if (!/^(ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/=]+( [^\r\n\0]*)?$/.test(line)) {
    throw new KeyFormatError(
      'This is no line of authorized_keys; give the public key as ssh-keygen writes it: type, base 64, comment',
    );
  }
  const file = '"$d/authorized_keys"';
  return (
    [
      `k=${quoteWord(line)}; d="\${HOME:-/root}/.ssh"; mkdir -p "$d"`,
      `touch ${file}`,
      `chmod 700 "$d"`,
      `chmod 600 ${file}`,
      `{ grep -qxF -- "$k" ${file} ||`,
    ]
      .join(' && ')
      // A last line without its end would swallow the key.
      .concat(
        ` { [ -z "$(tail -c 1 ${file})" ] || echo >> ${file}; printf '%s\\n' "$k" >> ${file}; }; } || true`,
      )
  );
}
