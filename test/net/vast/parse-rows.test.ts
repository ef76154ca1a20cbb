import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../src/net/vast/parse-answer.ts';
import { splitRows } from '../../../src/net/vast/parse-rows.ts';

/** Long enough to be read in several pieces; every row is full of what looks like the end of one. */
function rows(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `a "quoted" }, { text \\ ${'}, {'.repeat(id % 5)}`,
    gpu_ids: [id, id + 1],
    nested: { list: [{ x: id }, { y: [] }], empty: {} },
    padding: 'x'.repeat(200 + (id % 97)),
  }));
}

const pieces = (text: string) => {
  const listed = splitRows(text, 'offers');
  return listed && { ...listed.envelope, offers: [...listed.rows] };
};

const plainRows = Array.from({ length: 9_000 }, (_, id) => ({ id, gpu_ids: [id], padding: 'y'.repeat(180) }));

describe('rows read in pieces', () => {
  it.each([
    ['compact', (document: object) => JSON.stringify(document)],
    ['as Python writes it', (document: object) => JSON.stringify(document).replaceAll('},{', '}, {')],
    ['indented', (document: object) => JSON.stringify(document, null, 2)],
  ])('are those of the whole document, %s', (_title, write) => {
    const document = { offers: plainRows, success: true, tags: ['a'] };
    // A list behind the rows would be taken for their end.
    const { tags: _, ...simple } = document;
    expect(pieces(write(simple))).toEqual(simple);
    expect(() => pieces(write(document))).toThrow(SyntaxError);
  });

  it('are those of the whole document or refused, wherever a text looks like the end of a row', () => {
    const outcomes = { read: 0, refused: 0 };
    for (let shift = 0; shift < 40; shift += 1) {
      const document = { padding: undefined, offers: [{ padding: 'z'.repeat(shift * 7) }, ...rows(1_200)] };
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
    ['a short document, which is as well read whole', '{"offers": [{"id": 1}]}'],
    ['a list that is not the first field', JSON.stringify({ success: true, offers: rows(2_000) })],
    ['the same field once more', JSON.stringify({ offers: rows(2_000) }).replace(/\}$/, ',"offers":[1]}')],
    ['a text that breaks off', JSON.stringify({ offers: rows(2_000) }).slice(0, -900)],
    ['a line behind the document', `${JSON.stringify({ offers: rows(2_000) })}\nbye [1]`],
  ])('are not offered for %s', (_title, text) => {
    let read: unknown = 'refused';
    try {
      read = pieces(text) ?? 'refused';
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
    }
    expect(read).toBe('refused');
  });

  it('throw a SyntaxError at a row that is none', () => {
    const text = JSON.stringify({ offers: rows(4_000) }).replace('"id":3000', '"id":NaN');
    expect(() => pieces(text)).toThrow(SyntaxError);
  });
});
