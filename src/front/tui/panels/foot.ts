// The last line: what is being typed, else what was said, else the keys that matter here.
import { cutCells, graphemes, printable } from '../../../base/std/index.ts';
import { type Command, KEY_TABLE, type KeyBinding, keyText } from '../keys/key-table.ts';
import { fitLine, type Line, lineWidth, type Span, span, spreadLine } from '../look/line.ts';
import type { PromptKind } from '../state/screen-state.ts';
import type { Pen } from './pen.ts';

const PROMPT_TEXT: Readonly<Record<PromptKind, string>> = {
  filter: 'filter: ',
  search: 'search lines: ',
  'log-filter': 'only lines with: ',
  label: 'new name: ',
};

export function footLine({ state, glyphs, isReadOnly }: Pen, width: number): Line {
  const { overlay, message } = state;
  if (overlay?.kind === 'prompt') {
    const lead = PROMPT_TEXT[overlay.prompt];
    // The end of what is typed is what is being typed.
    const text = graphemes(overlay.text)
      .slice(-(width - lead.length - 2))
      .join('');
    return fitLine(
      [span(lead, { isBold: true, colour: 'accent' }), span(printable(text)), span(' ', { isInverse: true })],
      width,
    );
  }
  if (message) {
    const colour = message.tone === 'good' ? 'good' : message.tone;
    return fitLine(
      [span(cutCells(printable(message.text), width, glyphs.ellipsis), { colour, isBold: true })],
      width,
    );
  }
  const spans: Span[] = [];
  if (state.marks.size > 0)
    spans.push(span(`${state.marks.size} marked `, { isBold: true, colour: 'accent' }));
  if (state.filter !== '') spans.push(span(`/${printable(state.filter)} `, { isBold: true, colour: 'warn' }));
  if (state.view.trouble !== null && state.view.runs.length > 0) {
    spans.push(span(`${printable(state.view.trouble)} `, { colour: 'bad' }));
  }
  const hints = KEY_TABLE.filter(
    ({ hint, isAct, screens }) =>
      hint !== undefined && !(isAct && isReadOnly) && (screens?.includes(state.screen) ?? true),
  );
  // How to leave and how to learn more stand in the smallest window.
  const right = hints.filter(({ command }) => ALWAYS.includes(command)).flatMap(hintSpans);
  let room = width - lineWidth(spans) - lineWidth(right);
  for (const binding of hints) {
    const shown = hintSpans(binding);
    if (ALWAYS.includes(binding.command) || lineWidth(shown) > room) continue;
    spans.push(...shown);
    room -= lineWidth(shown);
  }
  return spreadLine(spans, right, width);
}

const ALWAYS: readonly Command[] = ['help', 'quit'];

function hintSpans({ keys, hint }: KeyBinding): readonly Span[] {
  return [span(keyText(keys[0] ?? ''), { isBold: true }), span(` ${hint ?? ''} `, { colour: 'muted' })];
}
