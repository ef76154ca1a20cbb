// What the person does: keys to commands, commands to changes of the screen, or to acts on monitor, runs and terminal.
import { type Command, findBinding } from '../keys/key-table.ts';
import { obey } from '../state/obey.ts';
import { overlayKey } from '../state/overlay-keys.ts';
import type { Overlay } from '../state/screen-state.ts';
import { selectedRun } from '../table/shown-runs.ts';
import { type ControlOptions, say, sentenceOf } from './control-options.ts';
import { askToAct, confirmAct } from './do-acts.ts';

/** Returns what takes the names of pressed keys. */
export function createControl(options: ControlOptions): (names: readonly string[]) => void {
  const { store, feed } = options;
  return (names) => {
    for (const name of names) press(options, name);
    feed.follow();
    store.change((state) => ({ ...state, nowMs: options.clock.now() }));
  };
}

function press(options: ControlOptions, key: string): void {
  const { store, quit } = options;
  const { overlay, screen } = store.state();
  if (overlay) {
    // Work that hangs must not hold the person.
    if (key === 'ctrl-c' && overlay.kind !== 'prompt' && overlay.kind !== 'confirm') quit();
    const { state, decided } = overlayKey(store.state(), overlay, key);
    store.change(() => state);
    if (decided) decide(options, decided);
    return;
  }
  const binding = findBinding(key, screen);
  if (!binding) return;
  const { command, isAct } = binding;
  const effect = EFFECTS[command];
  if (isAct && options.acts === null) {
    say(options, { text: 'Nothing is done to runs from here: this screen is read-only.', tone: 'warn' });
  } else if (effect) {
    effect(options);
  } else {
    store.change((state) => obey(state, command));
  }
}

/** Commands that reach beyond the screen. */
const EFFECTS: Readonly<Partial<Record<Command, (options: ControlOptions) => void>>> = {
  quit: ({ quit }) => quit(),
  suspend: ({ suspend }) => suspend(),
  redraw: ({ redraw }) => redraw(),
  refresh,
  pause,
  'next-source': nextSource,
  save,
  stop: (options) => askToAct(options, 'stop'),
  destroy: (options) => askToAct(options, 'destroy'),
  label: (options) => askToAct(options, 'label'),
  fetch: (options) => askToAct(options, 'fetch'),
  'attach-key': (options) => askToAct(options, 'attach-key'),
};

function decide(options: ControlOptions, overlay: Overlay): void {
  if (overlay.kind === 'confirm' || (overlay.kind === 'prompt' && overlay.prompt === 'label')) {
    confirmAct(options, overlay);
  } else if (overlay.kind === 'prompt' && overlay.prompt === 'search' && overlay.text !== '') {
    options.store.change((state) => obey(state, 'match-after'));
  }
}

function refresh(options: ControlOptions): void {
  const { store, monitor } = options;
  if (store.state().isRefreshing) return;
  store.change((state) => ({ ...state, isRefreshing: true }));
  monitor
    .refresh()
    .catch((error: unknown) => say(options, { text: sentenceOf(error), tone: 'bad' }))
    .finally(() => store.change((state) => ({ ...state, isRefreshing: false })));
}

function pause({ store, monitor }: ControlOptions): void {
  const isPaused = !store.state().isPaused;
  monitor.setPaused(isPaused);
  store.change((state) => ({ ...state, isPaused }));
}

function nextSource(options: ControlOptions): void {
  const run = selectedRun(options.store.state());
  if (!run) return;
  options.monitor
    .nextSource(run.key)
    .then((text) => say(options, { text, tone: 'good' }))
    .catch((error: unknown) => say(options, { text: sentenceOf(error), tone: 'bad' }));
}

function save(options: ControlOptions): void {
  options
    .save(options.store.state())
    .then((text) => say(options, { text, tone: 'good' }))
    .catch((error: unknown) =>
      say(options, { text: `The screen could not be saved: ${sentenceOf(error)}`, tone: 'bad' }),
    );
}
