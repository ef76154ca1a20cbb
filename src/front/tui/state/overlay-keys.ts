// Keys while something lies over the screen: a prompt takes letters, a question takes yes or no. Pure, but for what it
// asks to be done.
import { graphemes } from '../../../base/std/index.ts';
import { COLUMN_NAMES } from '../table/column-names.ts';
import type { Overlay, PromptKind, ScreenState } from './screen-state.ts';

export interface OverlayAnswer {
  readonly state: ScreenState;
  /** What the person has decided: a prompt that was entered, a question answered with yes. */
  readonly decided?: Overlay;
}

export function overlayKey(state: ScreenState, overlay: Overlay, key: string): OverlayAnswer {
  switch (overlay.kind) {
    case 'help':
      return { state: helpKey(state, overlay.scroll, key) };
    case 'columns':
      return { state: columnsKey(state, overlay.index, key) };
    case 'prompt':
      return promptKey(state, overlay, key);
    case 'confirm':
      if (key === 'y' && overlay.plans?.some(({ kind }) => kind === 'possible'))
        return { state, decided: overlay };
      if (key === 'y' && overlay.plans === null) return { state };
      return ['n', 'N', 'q', 'escape', 'ctrl-c'].includes(key) ? { state: close(state) } : { state };
    case 'doing':
      return overlay.isDone ? { state: close(state) } : { state };
  }
}

function close(state: ScreenState): ScreenState {
  return { ...state, overlay: null };
}

function helpKey(state: ScreenState, scroll: number, key: string): ScreenState {
  const to = (next: number): ScreenState => ({
    ...state,
    overlay: { kind: 'help', scroll: Math.max(0, next) },
  });
  if (key === 'down' || key === 'j') return to(scroll + 1);
  if (key === 'up' || key === 'k') return to(scroll - 1);
  if (key === 'page-down' || key === 'space') return to(scroll + 10);
  if (key === 'page-up') return to(scroll - 10);
  return close(state);
}

function columnsKey(state: ScreenState, index: number, key: string): ScreenState {
  const to = (next: number): ScreenState => ({
    ...state,
    overlay: { kind: 'columns', index: Math.min(Math.max(0, next), COLUMN_NAMES.length - 1) },
  });
  if (key === 'down' || key === 'j') return to(index + 1);
  if (key === 'up' || key === 'k') return to(index - 1);
  if (key === 'space' || key === 'x') {
    const name = COLUMN_NAMES[index];
    const isShown = name !== undefined && state.columns.includes(name);
    const columns = COLUMN_NAMES.filter((other) =>
      other === name ? !isShown : state.columns.includes(other),
    );
    return { ...to(index), columns };
  }
  return close(state);
}

type Prompt = Extract<Overlay, { kind: 'prompt' }>;

/** Filters and searches take hold while they are typed. */
function promptKey(state: ScreenState, overlay: Prompt, key: string): OverlayAnswer {
  if (key === 'enter') return { state: close(state), decided: overlay };
  if (key === 'escape' || key === 'ctrl-c') {
    return { state: close(withText(state, overlay.prompt, overlay.before)) };
  }
  const text = typed(overlay.text, key);
  return { state: { ...withText(state, overlay.prompt, text), overlay: { ...overlay, text } } };
}

function typed(text: string, key: string): string {
  if (key === 'backspace' || key === 'delete') return graphemes(text).slice(0, -1).join('');
  if (key === 'ctrl-u') return '';
  if (key === 'ctrl-w') return text.replace(/\S*\s*$/, '');
  if (key === 'space') return `${text} `;
  return graphemes(key).length === 1 ? text + key : text;
}

function withText(state: ScreenState, prompt: PromptKind, text: string): ScreenState {
  switch (prompt) {
    case 'filter':
      return { ...state, filter: text };
    case 'search':
      return { ...state, log: { ...state.log, search: text } };
    case 'log-filter':
      return { ...state, log: { ...state.log, filter: text, anchorSeq: null } };
    case 'label':
      return state;
  }
}
