import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cutText,
  displayWidth,
  printable,
  wrapText,
  wrapWords,
} from '../../../../src/front/cli/output/text-width.ts';

describe('The width of text', () => {
  it.each([
    ['plain letters', 'abc', 3],
    ['nothing', '', 0],
    ['a Chinese name', '深圳', 4],
    ['full-width digits', '４０９０', 8],
    ['an accent of its own', 'e\u0301', 1],
    ['an emoji', '🚀', 2],
    ['an arrow', '↓ Mbit/s', 8],
    ['the ellipsis', 'a…', 2],
  ])('counts %s', (_what, text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('Cut text', () => {
  it.each([
    ['stays as it is where it fits exactly', 'abcd', 4, 'abcd'],
    ['loses its end where it is one too long', 'abcde', 4, 'abc…'],
    ['never splits a wide character', '深圳市', 4, '深…'],
    ['is an ellipsis in a single column', 'abc', 1, '…'],
    ['is nothing in no column', 'abc', 0, ''],
  ])('%s', (_what, text, width, cut) => {
    expect(cutText(text, width)).toBe(cut);
  });

  it('is never wider than asked for, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        expect(displayWidth(cutText(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('Wrapped text', () => {
  it('is broken between words, at the last one that fits', () => {
    expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapWords('one two three', 6)).toEqual(['one', 'two', 'three']);
  });

  it('keeps a word that is too long on a line of its own, or breaks it where no line may be wider', () => {
    expect(wrapWords('a verylongword b', 6)).toEqual(['a', 'verylongword', 'b']);
    expect(wrapText('a verylongword b', 6)).toEqual(['a', 'verylo', 'ngword', 'b']);
  });

  it('has no line wider than the window and loses nothing but spaces, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, width) => {
        const lines = wrapText(text, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});

describe('Printable text', () => {
  it.each([
    ['an escape sequence', '\u001b[2Jgone', '�[2Jgone'],
    ['a line feed', 'a\nb', 'a�b'],
    ['an eight-bit control character', '\u009bA', '�A'],
    ['a turn of the writing direction', 'a\u202eb', 'a�b'],
    ['a bell', '\u0007', '�'],
  ])('shows %s instead of obeying it', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves names in other scripts alone', () => {
    expect(printable('Zürich, 深圳 🚀')).toBe('Zürich, 深圳 🚀');
  });
});
