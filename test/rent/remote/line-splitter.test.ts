// Bytes to lines in pieces of any size.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../../src/rent/remote/index.ts';

const lines = (pieces: readonly Uint8Array[], options = {}) => {
  const splitter = createLineSplitter(options);
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.finish()];
};

describe('a line splitter', () => {
  it('tells lines, progress bars, windows line breaks and an end without one apart', () => {
    expect(lines([Buffer.from('one\ntwo\r\n10%\r20%\r\n\nlast')])).toEqual([
      { offset: 0, text: 'one', end: 'newline' },
      { offset: 4, text: 'two', end: 'newline' },
      { offset: 9, text: '10%', end: 'return' },
      { offset: 13, text: '20%', end: 'newline' },
      { offset: 18, text: '', end: 'newline' },
      { offset: 19, text: 'last', end: 'end' },
    ]);
  });

  it('holds a line at the limit and cuts a longer one, never inside a character', () => {
    expect(lines([Buffer.from('12345678\n')], { maxLineBytes: 8 })).toEqual([
      { offset: 0, text: '12345678', end: 'newline' },
    ]);
    expect(lines([Buffer.from('123456789\n')], { maxLineBytes: 8 })).toEqual([
      { offset: 0, text: '12345678', end: 'cut' },
      { offset: 8, text: '9', end: 'newline' },
    ]);
    expect(lines([Buffer.from('123456日本\n')], { maxLineBytes: 8 })).toMatchObject([
      { text: '123456', end: 'cut' },
      { text: '日本', end: 'newline' },
    ]);
  });

  it('gives the same lines whatever the pieces are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('\n', '\r', '\r\n'), fc.string({ unit: 'binary', maxLength: 12 }))),
        fc.array(fc.integer({ min: 1, max: 7 })),
        fc.integer({ min: 4, max: 9 }),
        (parts, sizes, maxLineBytes) => {
          const all = Buffer.from(parts.join(''));
          const pieces: Buffer[] = [];
          let at = 0;
          for (const size of sizes) {
            pieces.push(all.subarray(at, at + size));
            at += size;
          }
          pieces.push(all.subarray(at));
          const whole = lines([all], { maxLineBytes });
          expect(lines(pieces, { maxLineBytes })).toEqual(whole);
          const starts = whole.map(({ offset }) => offset);
          expect(starts).toEqual([...starts].sort((a, b) => a - b));
        },
      ),
      { numRuns: 500 },
    );
  });
});
