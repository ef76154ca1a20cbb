// SSH keys as text: making a pair, reading one, and naming a public key by its fingerprint.
import { createHash } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { Secret } from '../../base/std/index.ts';
import { ed25519KeyFromPem, generateEd25519Key } from './ed25519-key.ts';
import { KeyFormatError } from './errors.ts';

export interface KeyPair {
  /** In OpenSSH's own format, without a passphrase. */
  readonly privateKey: Secret;
  /** One line as it stands in authorized_keys: type, base 64, comment. */
  readonly publicKey: string;
  /** `SHA256:…`, as ssh-keygen -l prints it. */
  readonly fingerprint: string;
}

/** Makes an ed25519 key pair, which every OpenSSH since 6.5 takes. */
export function generateKeyPair({ comment }: { readonly comment: string }): KeyPair {
  const { privateText, publicBlob } = generateEd25519Key(comment);
  return {
    privateKey: new Secret(privateText),
    publicKey: `ssh-ed25519 ${publicBlob.toString('base64')} ${comment}`.trimEnd(),
    fingerprint: fingerprintOf(publicBlob),
  };
}

/**
 * Reads a private key (OpenSSH or PEM), with its passphrase if it has one; that is computed in JavaScript
 * and holds the event loop for a second or so, so do it once at the start.
 * Throws KeyFormatError, whose message never holds the key.
 */
export function readPrivateKey(text: Secret, passphrase?: Secret): KeyPair {
  const parsed = ssh2.utils.parseKey(text.reveal(), passphrase?.reveal());
  if (parsed instanceof Error) throw unreadable(parsed);
  if (!parsed.isPrivateKey())
    throw new KeyFormatError('This is a public key; the private one is needed here');
  const blob = parsed.getPublicSSH();
  const comment = parsed.comment === '' ? '' : ` ${parsed.comment}`;
  return {
    // The passphrase is taken off here, once, so that a connection needs only the key.
    privateKey: passphrase ? new Secret(withoutPassphrase(parsed)) : text,
    publicKey: `${parsed.type} ${blob.toString('base64')}${comment}`,
    fingerprint: fingerprintOf(blob),
  };
}

/** The fingerprint of a line of authorized_keys or known_hosts without its address. Throws KeyFormatError. */
export function fingerprintOfPublicKey(publicKey: string): string {
  return fingerprintOf(ssh2Blob(publicKey));
}

/** `SHA256:` and the unpadded base 64 of the hash of a key's blob, as OpenSSH writes it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function ssh2Blob(publicKey: string): Buffer {
  const parsed = ssh2.utils.parseKey(publicKey);
  if (parsed instanceof Error) throw unreadable(parsed);
  return parsed.getPublicSSH();
}

function withoutPassphrase(key: ParsedKey): string {
  const pem = key.getPrivatePEM();
  if (key.type !== 'ssh-ed25519') return pem;
  return ed25519KeyFromPem(pem, key.comment).privateText;
}

function unreadable(cause: Error): KeyFormatError {
  const hint = /passphrase/i.test(cause.message)
    ? 'it has a passphrase, which is needed or wrong'
    : 'give an OpenSSH or PEM key as ssh-keygen writes it';
  return new KeyFormatError(`The key cannot be read: ${hint}`, { cause });
}
