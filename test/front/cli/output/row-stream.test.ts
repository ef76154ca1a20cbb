import { describe, expect, it } from 'vitest';
import type { Context } from '../../../../src/front/cli/context.ts';
import { rowStream } from '../../../../src/front/cli/output/row-stream.ts';

const COLUMNS = [{ name: 'poll' }, { name: 'ts' }];

function aStream(flags: { json?: boolean; format?: string }) {
  let out = '';
  const terminal = {
    outIsTerminal: false,
    out: (text: string) => {
      out += text;
    },
  };
  const rows = rowStream({ terminal } as unknown as Context, COLUMNS, flags);
  return { rows, out: () => out };
}

describe('Rows that come over time', () => {
  it('are each printed when they come, and together are one JSON array', () => {
    const { rows, out } = aStream({ json: true });
    rows.write([{ poll: 1, ts: 'a' }]);
    expect(out()).toBe('[{"poll":1,"ts":"a"}');
    rows.write([{ poll: 2, ts: 'b' }]);
    rows.end();
    rows.end();
    expect(JSON.parse(out())).toEqual([
      { poll: 1, ts: 'a' },
      { poll: 2, ts: 'b' },
    ]);
  });

  it('may come several at once, or none', () => {
    const { rows, out } = aStream({ json: true });
    rows.write([]);
    rows.write([
      { poll: 1, ts: 'a' },
      { poll: 2, ts: 'b' },
    ]);
    rows.write([{ poll: 3, ts: 'c' }]);
    rows.end();
    expect((JSON.parse(out()) as unknown[]).length).toBe(3);
  });

  it('are an empty array when none came', () => {
    const { rows, out } = aStream({ format: 'json' });
    rows.end();
    expect(out()).toBe('[]\n');
  });

  it('have one heading in TSV', () => {
    const { rows, out } = aStream({ format: 'tsv' });
    rows.write([{ poll: 1, ts: 'a' }]);
    rows.write([{ poll: 2, ts: 'b' }]);
    rows.end();
    expect(out()).toBe('poll\tts\n1\ta\n2\tb\n');
  });

  it('are not printed at all unless a data format is asked for', () => {
    const { rows, out } = aStream({});
    rows.write([{ poll: 1, ts: 'a' }]);
    rows.end();
    expect(out()).toBe('');
  });
});
