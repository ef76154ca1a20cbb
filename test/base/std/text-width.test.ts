import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellWidth,
  cutCells,
  graphemes,
  padCells,
  printable,
  wrapCells,
  wrapText,
  wrapWords,
} from '../../../src/base/std/index.ts';

describe('The width of text', () => {
  it.each([
    ['plain letters', 'abc', 3],
    ['nothing', '', 0],
    ['a Chinese name', '深圳', 4],
    ['full-width digits', '４０９０', 8],
    ['an accent of its own', 'e\u0301', 1],
    ['an emoji', '🚀', 2],
    ['signs that are drawn as pictures', '✅⏳❌💤❓', 10],
    ['the same sign as text and as a picture', '❤ ❤\ufe0f', 4],
    ['a family joined of three', '👩‍👩‍👧', 2],
    ['a flag of two letters', '🇸🇪', 2],
    ['a soft hyphen beside plain and beside wide letters', '\u00ad深\u00ad', 2],
    ['boxes, blocks and braille', '│█⠤▲', 4],
    ['an arrow', '↓ Mbit/s', 8],
    ['the ellipsis', 'a…', 2],
  ])('counts %s', (_what, text, width) => {
    expect(cellWidth(text)).toBe(width);
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
    expect(cutCells(text, width)).toBe(cut);
  });

  it('is never wider than asked for, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        expect(cellWidth(cutCells(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('Padded text', () => {
  it('is filled up to its cells on the side that is asked for, and left alone where it is full', () => {
    expect(padCells('✅', 4)).toBe('✅  ');
    expect(padCells('✅', 4, 'right')).toBe('  ✅');
    expect(padCells('深圳', 4)).toBe('深圳');
    expect(padCells('深圳', 3)).toBe('深圳');
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

  it('is broken anywhere where only cells count, never within what a person takes for one character', () => {
    expect(wrapCells('ab✅cd', 3)).toEqual(['ab', '✅c', 'd']);
    expect(wrapCells('', 3)).toEqual(['']);
    expect(graphemes('e\u0301👩‍👩‍👧')).toEqual(['e\u0301', '👩‍👩‍👧']);
  });

  it('has no line wider than the window and loses nothing but spaces, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, width) => {
        const lines = wrapText(text, width);
        for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(width);
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
    ['half a character', 'a\ud800b', 'a�b'],
    ['a tab, which moves to wherever the terminal likes,', 'a\tb', 'a    b'],
    ['a bell', '\u0007', '�'],
  ])('shows %s instead of obeying it', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves names in other scripts alone', () => {
    expect(printable('Zürich, 深圳 🚀')).toBe('Zürich, 深圳 🚀');
  });
});
