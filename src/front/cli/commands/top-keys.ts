// The person's own ways into machines: the agent, and the usual keys of ~/.ssh that no passphrase protects.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../base/std/index.ts';
import { readPrivateKey } from '../../../net/ssh/index.ts';
import type { Terminal } from '../process.ts';

/** As OpenSSH tries them; more than these would use up the tries that a server allows. */
const KEY_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'] as const;

export interface PersonalWays {
  readonly personalKeys: readonly Secret[];
  readonly agent?: string;
}

export function personalWays({ env }: Pick<Terminal, 'env'>): PersonalWays {
  const folder = join(env.HOME || homedir(), '.ssh');
  const agent = env.SSH_AUTH_SOCK;
  return { personalKeys: KEY_FILES.flatMap((name) => readKey(join(folder, name))), ...(agent && { agent }) };
}

function readKey(path: string): readonly Secret[] {
  try {
    const text = new Secret(readFileSync(path, 'utf8'));
    readPrivateKey(text);
    return [text];
  } catch {
    // There is none, it is not for us to read, or a passphrase protects it: the agent is for those.
    return [];
  }
}
