// What lies over the screen: help, the choice of columns, a question before something is done, and what came of it.
import { cellWidth, cutCells, padCells, printable, wrapText } from '../../../base/std/index.ts';
import { money } from '../figures/figure.ts';
import { KEY_GROUPS, KEY_TABLE, keyText } from '../keys/key-table.ts';
import { fitBlock, fitLine, type Line, lineWidth, type Span, span } from '../look/line.ts';
import type { Overlay } from '../state/screen-state.ts';
import { COLUMN_NAMES } from '../table/column-names.ts';
import { TABLE_COLUMNS } from '../table/columns.ts';
import { FILTER_FIELDS } from '../table/filter-runs.ts';
import type { Pen, Place } from './pen.ts';

export interface Box {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly foot: string;
}

const WIDEST = 100;

export function overlayBox(pen: Pen, overlay: Overlay, { width, height }: Place): Box | undefined {
  const room = { width: Math.min(WIDEST, width - 6), height: height - 4 };
  switch (overlay.kind) {
    case 'help':
      return helpBox(pen, overlay.scroll, room);
    case 'columns':
      return columnsBox(pen, overlay.index, room);
    case 'confirm':
      return confirmBox(pen, overlay, room);
    case 'doing':
      return doingBox(overlay, room);
    case 'prompt':
      return undefined;
  }
}

function helpBox({ isReadOnly, whose }: Pen, scroll: number, room: Place): Box {
  const lines: Line[] = wrapText(whose === null ? '' : `Shown: ${whose.sentence}.`, room.width)
    .filter((text) => text !== '')
    .map((text) => [span(text, { colour: 'muted' })]);
  for (const group of KEY_GROUPS) {
    const bindings = KEY_TABLE.filter((binding) => binding.group === group && !(isReadOnly && binding.isAct));
    if (bindings.length === 0) continue;
    if (lines.length > 0) lines.push([]);
    lines.push([span(group, { isBold: true, colour: 'accent' })]);
    for (const { keys, help, screens } of bindings) {
      const where =
        screens && group !== 'Table' && group !== 'Logs' && group !== 'Charts'
          ? ` (${screens.join(', ')})`
          : '';
      lines.push([
        span(padCells(keys.map(keyText).join(' '), 12), { isBold: true }),
        span(`${help}${where}`),
      ]);
    }
  }
  lines.push([], [span('Fields of the filter', { isBold: true, colour: 'accent' })]);
  for (const text of wrapText(FILTER_FIELDS.join(' '), room.width)) lines.push([span(text)]);
  const most = Math.max(0, lines.length - room.height);
  const first = Math.min(scroll, most);
  const shown = lines.slice(first, first + room.height);
  const foot =
    most === 0
      ? 'any key closes'
      : `Down and Up scroll (${first + shown.length} of ${lines.length}), Esc closes`;
  return { title: 'Keys', lines: shown, foot };
}

function columnsBox({ state }: Pen, index: number, room: Place): Box {
  const first = Math.max(0, Math.min(index - Math.floor(room.height / 2), COLUMN_NAMES.length - room.height));
  const lines = COLUMN_NAMES.slice(first, first + room.height).map((name, row): Line => {
    const isShown = state.columns.includes(name);
    return [
      span(`${isShown ? '[x]' : '[ ]'} ${padCells(name, 12)} ${TABLE_COLUMNS.get(name)?.title ?? ''}`, {
        isInverse: first + row === index,
      }),
    ];
  });
  return { title: 'Columns', lines, foot: 'Space shows or hides, Esc closes' };
}

const TITLES = {
  stop: 'Stop',
  destroy: 'Destroy',
  label: 'Label',
  fetch: 'Fetch from',
  'attach-key': 'Attach our key to',
} as const;

const DOING = { ...TITLES, fetch: 'Fetch', 'attach-key': 'Attach our key' } as const;

function confirmBox(
  _pen: Pen,
  { act, plans, keys }: Extract<Overlay, { kind: 'confirm' }>,
  room: Place,
): Box {
  const title = `${TITLES[act]} ${keys.length === 1 ? '1 run' : `${keys.length} runs`}?`;
  if (plans === null)
    return { title, lines: [[span('Asking what it would do and cost...')]], foot: 'Esc leaves it' };
  const lines: Line[] = plans.flatMap(({ kind, sentence }) =>
    sentenceLines(sentence, room.width, kind === 'refused' ? { colour: 'warn' } : {}),
  );
  const possible = plans.filter(({ kind }) => kind === 'possible');
  const saves = possible.map(({ savesPerHour }) => savesPerHour).filter((value) => value !== null);
  const sum = saves.reduce((total, value) => total + value, 0);
  if (sum > 0) lines.push([], [span(`Together ${money(sum)} an hour less.`, { isBold: true })]);
  const shown = cutLines(lines, room.height);
  if (possible.length === 0) return { title, lines: shown, foot: 'Nothing can be done; Esc closes' };
  return {
    title,
    lines: shown,
    foot: `y does it${possible.length < plans.length ? ` to ${possible.length} of ${plans.length}` : ''}, n or Esc leaves it`,
  };
}

function doingBox({ act, told, isDone }: Extract<Overlay, { kind: 'doing' }>, room: Place): Box {
  const lines = told.flatMap(({ isGood, sentence }) =>
    sentenceLines(sentence, room.width, { colour: isGood ? 'good' : 'bad' }),
  );
  if (!isDone) lines.push([span('Working...', { colour: 'muted' })]);
  return {
    title: DOING[act],
    lines: cutLines(lines, room.height),
    foot: isDone ? 'any key closes' : 'it cannot be left half done',
  };
}

function sentenceLines(sentence: string, width: number, style: Span['style']): Line[] {
  return wrapText(printable(sentence), width - 2).map((text, index) => [
    span(index === 0 ? '- ' : '  ', style),
    span(text, style),
  ]);
}

function cutLines(lines: readonly Line[], height: number): readonly Line[] {
  if (lines.length <= height) return lines;
  return [
    ...lines.slice(0, height - 1),
    [span(`and ${lines.length - height + 1} lines more`, { colour: 'muted' })],
  ];
}

/** The box in the middle of the block. */
export function layBox({ glyphs }: Pen, block: readonly Line[], box: Box, width: number): readonly Line[] {
  const inner = Math.max(...box.lines.map(lineWidth), box.foot.length + 2, box.title.length + 2, 20);
  const cells = Math.min(inner, width - 4);
  const left = Math.floor((width - cells - 4) / 2);
  const [topLeft, topRight, bottomLeft, bottomRight] = glyphs.corners;
  const border = { colour: 'accent' as const };
  const rule = (text: string, from: string, to: string): Line => {
    const shown = cutCells(text, cells - 1, glyphs.ellipsis);
    return [
      span(`${from}${glyphs.horizontal} `, border),
      span(shown, { isBold: true }),
      span(` ${glyphs.horizontal.repeat(cells - 1 - cellWidth(shown))}${to}`, border),
    ];
  };
  const rows: Line[] = [
    rule(box.title, topLeft, topRight),
    ...fitBlock(box.lines, cells, box.lines.length).map(
      (line): Line => [span(`${glyphs.vertical} `, border), ...line, span(` ${glyphs.vertical}`, border)],
    ),
    rule(box.foot, bottomLeft, bottomRight),
  ];
  const top = Math.max(0, Math.floor((block.length - rows.length) / 2));
  return block.map((line, index) => {
    const row = rows[index - top];
    return row ? fitLine([span(' '.repeat(left)), ...fitLine(row, cells + 4)], width) : line;
  });
}
