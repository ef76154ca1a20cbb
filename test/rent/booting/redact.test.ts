// Secrets are taken out of what others wrote; what is needed to understand a failure stays.
import { expect, it } from 'vitest';
import { Secret } from '../../../src/base/std/index.ts';
import { createRedact } from '../../../src/rent/rental/booting/index.ts';

it.each([
  ['export WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567', '0123456789abcdef'],
  ['Authorization: Bearer abcdef.ghijkl-mnop', 'ghijkl'],
  ['using hf_abcdefGHIJKL12345 to log in', 'abcdefGHIJKL'],
  ['docker login -u me --password hunter22', 'hunter22'],
  ['{"password": "correct horse", "a": 1}', 'correct'],
  ['git clone https://me:s3cr3tt0ken@github.com/a/b', 's3cr3tt0ken'],
  [
    'jupyter at http://localhost:8080/?token=00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff',
    '00ff00ff',
  ],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----', 'b3Blbn'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIEcut', 'MIIEcut'],
  ['MIIEcut\nabcd==\n-----END RSA PRIVATE KEY-----', 'MIIEcut'],
  ['AKIAABCDEFGHIJKLMNOP in a line', 'AKIAABCD'],
])('%j loses its secret', (text, secret) => {
  expect(createRedact()(text)).not.toContain(secret);
});

it.each([
  'toomanyrequests: You have reached your pull rate limit.',
  "pull access denied for a/b, repository does not exist or may require 'docker login'",
  'unauthorized: authentication required',
  'the token expired, and the key was refused',
  'Digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'a1b2c3d4e5f6: Downloading [=>   ]  1MB/20MB',
  'Bind for 0.0.0.0:40001 failed: port is already allocated',
])('%j stays as it is', (text) => expect(createRedact()(text)).toBe(text));

it('values that are known to be secret go, the longer before what it holds, and short words stay', () => {
  const redact = createRedact(['abcde', new Secret('abcdefgh'), 'true', '']);
  expect(redact('abcdefgh abcde true')).toBe('**** **** true');
});

it.each([
  'a',
  'a.',
  '-',
  'token',
  'a:',
  'f',
  '://a',
])('half a megabyte of %j is read in no time worth a word', (piece) => {
  const text = piece.repeat(500_000 / piece.length);
  // A pattern that goes back and forth over it would take minutes, and the test its limit.
  expect(createRedact()(text).length).toBeGreaterThan(0);
});
