// The table once, as text: what `--once` prints.
import type { MonitorView } from '../../../rent/monitor/index.ts';
import { glyphsOf } from '../look/glyphs.ts';
import { lineText } from '../look/line.ts';
import { type ColourDepth, paintLine } from '../look/paint.ts';
import { headLines } from '../panels/head.ts';
import type { Pen } from '../panels/pen.ts';
import { tablePanel } from '../panels/table.ts';
import { startState } from '../state/screen-state.ts';

export interface TableTextOptions {
  readonly columns: number;
  /** `text`: no codes at all, for what is no terminal. */
  readonly depth: ColourDepth | 'text';
  readonly hasUnicode: boolean;
  readonly zone: string;
  readonly staleAfterMs: number;
  readonly nowMs: number;
  readonly group?: string | undefined;
}

/** Without a cursor, with every run, however many there are. */
export function tableText(view: MonitorView, options: TableTextOptions): string {
  const { columns, nowMs, depth, group } = options;
  const started = startState({ view, nowMs, group, size: { columns, rows: view.runs.length + 8 } });
  const pen: Pen = {
    state: started,
    glyphs: glyphsOf(options.hasUnicode),
    zone: options.zone,
    isReadOnly: false,
    whose: null,
    staleAfterMs: options.staleAfterMs,
  };
  const height = Math.max(view.runs.length, 4) + 1;
  const lines = [...headLines(pen, columns), ...tablePanel(pen, { width: columns, height, cursor: 'none' })];
  const texts = lines.map((line) => (depth === 'text' ? lineText(line) : paintLine(line, depth)));
  return `${texts
    .map((text) => text.trimEnd())
    .join('\n')
    .trimEnd()}\n`;
}
