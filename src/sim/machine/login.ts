// Who may log in: root, by a key that is attached or in ~/.ssh/authorized_keys, or by a password where that is
// allowed.
import type { AuthContext, ParsedKey } from 'ssh2';
import ssh2 from 'ssh2';

export interface LoginRules {
  /** OpenSSH public key lines that count now. */
  readonly keys: () => readonly string[];
  /** Undefined where passwords are not allowed. */
  readonly password: string | undefined;
}

export type LoginVerdict = 'accept' | 'reject';

/** The methods that are left to a client that was rejected. */
export function loginMethods({ password }: LoginRules): ('publickey' | 'password')[] {
  return password === undefined ? ['publickey'] : ['publickey', 'password'];
}

export function judgeLogin(context: AuthContext, rules: LoginRules): LoginVerdict {
  if (context.username !== 'root') return 'reject';
  if (context.method === 'password') {
    return rules.password !== undefined && context.password === rules.password ? 'accept' : 'reject';
  }
  if (context.method !== 'publickey') return 'reject';
  const offered = context.key.data;
  const key = parseKeys(rules.keys()).find((candidate) => candidate.getPublicSSH().equals(offered));
  if (!key) return 'reject';
  // Without a signature the client only asks whether the key would do.
  if (!context.signature || !context.blob) return 'accept';
  return key.verify(context.blob, context.signature, context.hashAlgo) === true ? 'accept' : 'reject';
}

/** Lines that are not keys are passed over, as sshd does; options before a key are not understood. */
function parseKeys(lines: readonly string[]): readonly ParsedKey[] {
  const keys: ParsedKey[] = [];
  for (const line of lines) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const parsed = ssh2.utils.parseKey(text);
    if (!(parsed instanceof Error)) keys.push(...[parsed].flat());
  }
  return keys;
}
