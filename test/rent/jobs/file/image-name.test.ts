// Image names by the grammar of the reference package.
import { describe, expect, it } from 'vitest';
import { knownImageSize, parseImageName } from '../../../../src/rent/jobs/file/index.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the name of an image', () => {
  it.each([
    ['ubuntu', 'docker.io', 'library/ubuntu', undefined, undefined],
    ['pytorch/pytorch:2.5.1-cuda12.4', 'docker.io', 'pytorch/pytorch', '2.5.1-cuda12.4', undefined],
    ['localhost/a:1', 'localhost', 'a', '1', undefined],
    ['host:5000/a/b', 'host:5000', 'a/b', undefined, undefined],
    [
      'ghcr.io/me/x__y.z-w:t@sha256:'.replace('@sha256:', `@${DIGEST}`),
      'ghcr.io',
      'me/x__y.z-w',
      't',
      DIGEST,
    ],
    ['[::1]:5000/a', '[::1]:5000', 'a', undefined, undefined],
    [`a@${DIGEST}`, 'docker.io', 'library/a', undefined, DIGEST],
  ])('%s is understood', (text, registry, repository, tag, digest) => {
    expect(parseImageName(text)).toEqual({ kind: 'image', image: { registry, repository, tag, digest } });
  });

  it.each([
    ['', 'empty'],
    ['a b', 'space'],
    ['https://ghcr.io/a', 'no https://'],
    ['Ubuntu', 'capital'],
    ['me/X', 'capital'],
    ['a:', 'no tag'],
    [`a:${'t'.repeat(129)}`, 'no tag'],
    ['a:.t', 'no tag'],
    ['a@sha256:abc', 'no digest'],
    [`a@sha256:${'a'.repeat(63)}`, 'no digest'],
    ['a//b', 'empty'],
    ['a/', 'empty'],
    ['-a', 'no part'],
    ['a___b', 'no part'],
    ['bad_.host/a', 'no registry'],
    ['a@b@c', 'two @'],
    [`${'a'.repeat(256)}`, '256 letters'],
  ])('%j is refused', (text, reason) => {
    expect(parseImageName(text)).toEqual({
      kind: 'fault',
      reason: expect.stringContaining(reason) as string,
    });
  });

  it('tells the size of what it knows, and of nothing else', () => {
    expect(knownImageSize('pytorch/pytorch:2.6.0-cuda12.4-cudnn9-devel')?.unpackedGb).toBe(19);
    expect(knownImageSize('docker.io/pytorch/pytorch')?.unpackedGb).toBe(8);
    expect(knownImageSize('ghcr.io/pytorch/pytorch')).toBeUndefined();
    expect(knownImageSize('me/own')).toBeUndefined();
    expect(knownImageSize('no image')).toBeUndefined();
  });
});
