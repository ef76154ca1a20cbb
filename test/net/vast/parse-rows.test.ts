import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../src/net/vast/parse-answer.ts';
import { readRows } from '../../../src/net/vast/parse-rows.ts';

/** Long enough to be read in several pieces; some rows are full of what looks like the end of one. */
function rows(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: id % 7 === 0 ? `a "quoted" }, { text \\ ${'}, {'.repeat(id % 5)}` : 'plain',
    nested: id % 9 === 0 ? { list: [{ x: id }, { y: [] }], empty: {} } : null,
    padding: 'x'.repeat(200 + (id % 97)),
  }));
}

/** As they come from a socket, cut in the middle of characters too. */
function received(text: string, chunkBytes = 65_521): readonly Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const count = Math.ceil(bytes.length / chunkBytes);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes));
}

const pieces = (text: string, chunkBytes?: number) => ({
  offers: [...readRows(received(text, chunkBytes), 'offers')],
});

const plainRows = Array.from({ length: 9_000 }, (_, id) => ({ id, gpu_ids: [id], padding: 'y'.repeat(180) }));

describe('rows read in pieces', () => {
  it.each([
    ['compact', (document: object) => JSON.stringify(document)],
    ['as Python writes it', (document: object) => JSON.stringify(document).replaceAll('},{', '}, {')],
    ['indented', (document: object) => JSON.stringify(document, null, 2)],
  ])('are those of the whole document, %s', (_title, write) => {
    const text = write({ offers: plainRows, success: true });
    expect(pieces(text)).toEqual({ offers: plainRows });
    expect(pieces(write({ offers: [] }))).toEqual({ offers: [] });
    // A list behind the rows would be taken for their end.
    expect(() => pieces(write({ offers: plainRows, tags: ['a'] }))).toThrow(SyntaxError);
  });

  it('are the same however the bytes are cut', () => {
    const offers = [{ name: 'Zürich, 東京 🚀' }, { name: 'x' }, ...plainRows.slice(0, 2_000)];
    for (const chunkBytes of [7, 4_096, 1_000_003]) {
      expect(pieces(JSON.stringify({ offers }), chunkBytes)).toEqual({ offers });
    }
  });

  it('are those of the whole document or refused, wherever a text looks like the end of a row', () => {
    const outcomes = { read: 0, refused: 0 };
    for (let shift = 0; shift < 24; shift += 1) {
      const document = { padding: undefined, offers: [{ padding: 'z'.repeat(shift * 61) }, ...rows(2_500)] };
      const text = JSON.stringify(document);
      try {
        expect(pieces(text)).toEqual(parseAnswer(text).value);
        outcomes.read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
        outcomes.refused += 1;
      }
    }
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  it.each([
    ['nothing', ''],
    ['no list', '{"offers": null}'],
    ['a list that is not the first field', JSON.stringify({ total: 1, offers: plainRows })],
    ['the same field once more', JSON.stringify({ offers: plainRows }).replace(/\}$/, ',"offers":[1]}')],
    ['a refusal', JSON.stringify({ offers: plainRows, success: false })],
    ['a text that breaks off', JSON.stringify({ offers: plainRows }).slice(0, -900)],
    ['a comma too many', '{"offers": [{"id": 1},]}'],
    ['a line behind the document', `${JSON.stringify({ offers: plainRows })}\nbye [1]`],
    ['another line behind the document', `${JSON.stringify({ offers: plainRows })}\nbye`],
  ])('are refused for %s', (_title, text) => {
    expect(() => pieces(text)).toThrow(SyntaxError);
  });

  it('are refused where nothing may be cut for megabytes', () => {
    const offers = Array.from({ length: 5_000 }, () => ['x'.repeat(1_000)]);
    expect(() => pieces(JSON.stringify({ offers }))).toThrow('no row ends');
  });

  it('throw a SyntaxError at a row that is none', () => {
    const text = JSON.stringify({ offers: plainRows }).replace('"id":3000', '"id":NaN');
    expect(() => pieces(text)).toThrow(SyntaxError);
  });
});
