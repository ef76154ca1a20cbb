import { describe, expect, it } from 'vitest';
import { renderRows } from '../../../../src/front/cli/output/table.ts';

const COLUMNS = [{ name: 'gpu_name', title: 'GPU' }, { name: 'price' }, { name: 'note' }];
const ROWS = [
  { gpu_name: 'RTX 4090', price: 0.123456789012345, note: 'a\tb\nc', left_out: 1 },
  { gpu_name: 'A "big", one', price: null, note: undefined },
];

describe('Rows for programs', () => {
  it('are one JSON array of the columns, whole, with null for what is not there', () => {
    expect(renderRows(ROWS, COLUMNS, { format: 'json' })).toBe(
      '[{"gpu_name":"RTX 4090","price":0.123456789012345,"note":"a\\tb\\nc"},{"gpu_name":"A \\"big\\", one","price":null,"note":null}]\n',
    );
  });

  it('are an empty array in JSON, and a heading in TSV, where there are none', () => {
    expect(renderRows([], COLUMNS, { format: 'json' })).toBe('[]\n');
    expect(renderRows([], COLUMNS, { format: 'tsv' })).toBe('gpu_name\tprice\tnote\n');
  });

  it('have a line each in TSV, whatever is in them', () => {
    expect(renderRows(ROWS, COLUMNS, { format: 'tsv' })).toBe(
      'gpu_name\tprice\tnote\nRTX 4090\t0.123456789012345\ta b c\nA "big", one\t\t\n',
    );
  });

  it('are quoted in CSV where they must be', () => {
    expect(renderRows(ROWS, COLUMNS, { format: 'csv' })).toBe(
      'gpu_name,price,note\nRTX 4090,0.123456789012345,"a\tb\nc"\n"A ""big"", one",,\n',
    );
  });

  it('hold lists and objects as JSON in TSV and CSV', () => {
    const row = { gpu_name: ['a', 'b'], price: true, note: { x: 1 } };
    expect(renderRows([row], COLUMNS, { format: 'tsv' }).split('\n')[1]).toBe('["a","b"]\ttrue\t{"x":1}');
  });
});

describe('Rows for people', () => {
  it('tell which columns had no room', () => {
    const hidden: string[] = [];
    const columns = [{ name: 'gpu_name' }, { name: 'price', importance: 1 }];
    renderRows(ROWS, columns, {
      format: 'table',
      width: 20,
      onHidden: (some) => hidden.push(...some.map(({ name }) => name)),
    });
    expect(hidden).toEqual(['price']);
  });
});
