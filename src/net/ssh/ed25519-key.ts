// An ed25519 key as OpenSSH writes it: the private one in its own file format (PROTOCOL.key in its sources),
// the public one as a blob. ssh2 makes such keys too, but one in some 256 with a public key that nobody can
// read (1.17.0 takes a leading zero byte of it away), and it does not write a key that it has read.
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface Ed25519Key {
  /** Without a passphrase. */
  readonly privateText: string;
  readonly publicBlob: Buffer;
}

export function generateEd25519Key(comment: string): Ed25519Key {
  return encodeKey(generateKeyPairSync('ed25519').privateKey, comment);
}

/** From PKCS #8 in PEM. */
export function ed25519KeyFromPem(pem: string, comment: string): Ed25519Key {
  return encodeKey(createPrivateKey(pem), comment);
}

function encodeKey(key: KeyObject, comment: string): Ed25519Key {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const publicBlob = Buffer.concat([field('ssh-ed25519'), field(point)]);
  // Two equal numbers by which a decryption is checked; without a cipher any will do.
  const check = createHash('sha256').update(publicBlob).digest().subarray(0, 4);
  const body = Buffer.concat([check, check, publicBlob, field(Buffer.concat([seed, point])), field(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (body.length % 8)) % 8 }, (_, i) => i + 1));
  const oneKey = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    oneKey,
    field(publicBlob),
    field(Buffer.concat([body, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  const privateText = [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    ...lines,
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ].join('\n');
  return { privateText, publicBlob };
}

/** A string of SSH's wire: length, then bytes. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
