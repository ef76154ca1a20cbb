// Texts of rows that are written over in place.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowStore, type RowSlot } from '../../../src/sim/market/row-store.ts';

const textOf = ({ place, length }: RowSlot) => place.subarray(0, length).toString('latin1');
const ascii = (most: number) => fc.string({ maxLength: most, unit: 'binary-ascii' });

describe('the rows of a store', () => {
  it('have the text that was put last, and leave those of others alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 2 }), ascii(400)), { maxLength: 40 }),
        (puts) => {
          const store = createRowStore();
          const slots = new Map<number, RowSlot>();
          const texts = new Map<number, string>();
          for (const [row, fixed, live] of puts) {
            const fixedText = `${'f'.repeat(fixed * 150)}${row}`;
            slots.set(row, store.put(fixedText, live, slots.get(row)));
            texts.set(row, fixedText + live);
          }
          for (const [row, slot] of slots) expect(textOf(slot)).toBe(texts.get(row));
        },
      ),
    );
  });

  it('stay where they are when they change a little', () => {
    const store = createRowStore();
    const first = store.put('{"a":1,', '"b":2', undefined);
    const second = store.put('{"a":1,', '"b":2.123456789', first);
    expect(second.place).toBe(first.place);
  });

  it('may be longer than a block', () => {
    const store = createRowStore();
    const text = 'x'.repeat(3_000_000);
    expect(textOf(store.put('', text, undefined))).toBe(text);
  });
});
