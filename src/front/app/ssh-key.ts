// The key pair with which this install enters its instances. Apart from the install's name, which far more commands need than
// a library for SSH.
import { join } from 'node:path';
import { Secret } from '../../base/std/index.ts';
import { generateKeyPair, type KeyPair, readPrivateKey } from '../../net/ssh/index.ts';
import { readOrMake } from './install.ts';

/** Reads it, or makes it. */
export function openSshKey(home: string): KeyPair {
  const path = join(home, 'ssh_key');
  const text = readOrMake(path, () => generateKeyPair({ comment: 'vastdeck' }).privateKey.reveal());
  return readPrivateKey(new Secret(text));
}
