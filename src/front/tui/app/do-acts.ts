// Acts on runs: first what each would do and cost, then, after a yes, one after the other, each told how it went. What is
// acted on is what was chosen when the key was pressed, however the table changes meanwhile.
import type { RunView } from '../../../rent/monitor/index.ts';
import type { ActPlan, RunAct, RunActs } from '../acts.ts';
import { type Overlay, type PlannedAct, runOf } from '../state/screen-state.ts';
import { targetRuns } from '../table/shown-runs.ts';
import { type ControlOptions, say, sentenceOf } from './control-options.ts';

export function askToAct(options: ControlOptions, act: RunAct): void {
  const { store } = options;
  const runs = targetRuns(store.state());
  if (runs.length === 0) {
    say(options, { text: 'There is no run to do that to.', tone: 'warn' });
  } else if (act === 'label') {
    const before = runs.length === 1 ? (runs[0]?.name ?? '') : '';
    const overlay: Overlay = { kind: 'prompt', prompt: 'label', text: before, before };
    store.change((state) => ({ ...state, overlay }));
  } else {
    void planAll(options, act, runs, undefined);
  }
}

export function confirmAct(options: ControlOptions, overlay: Overlay): void {
  if (overlay.kind === 'confirm' && overlay.plans !== null) void doAll(options, overlay, overlay.plans);
  if (overlay.kind !== 'prompt') return;
  const label = overlay.text.trim();
  if (label === '') say(options, { text: 'An empty name was not given.', tone: 'warn' });
  else void planAll(options, 'label', targetRuns(options.store.state()), label);
}

/** Never rejects: what goes wrong is a plan that says so. */
async function planAll(
  { store, acts, signal }: ControlOptions,
  act: RunAct,
  runs: readonly RunView[],
  label: string | undefined,
): Promise<void> {
  if (!acts) return;
  const overlay: Overlay = { kind: 'confirm', act, keys: runs.map(({ key }) => key), label, plans: null };
  store.change((state) => ({ ...state, overlay }));
  const plans = await plansOf(acts, { act, runs, signal });
  // Who has closed the question meanwhile is not asked again.
  store.change((state) => (state.overlay === overlay ? { ...state, overlay: { ...overlay, plans } } : state));
}

async function plansOf(
  acts: RunActs,
  {
    act,
    runs,
    signal,
  }: { readonly act: RunAct; readonly runs: readonly RunView[]; readonly signal: AbortSignal },
): Promise<readonly PlannedAct[]> {
  const named = (plans: readonly ActPlan[]) =>
    runs.flatMap(({ key, name }, at) => (plans[at] ? [{ key, name, ...plans[at] }] : []));
  try {
    return named(await acts.plan(act, runs, signal));
  } catch (error) {
    const sentence = sentenceOf(error);
    return named(
      runs.map(({ name }) => ({ kind: 'refused', sentence: about(name, sentence), savesPerHour: null })),
    );
  }
}

/** Most sentences name the run themselves. */
function about(name: string, sentence: string): string {
  return sentence.includes(name) ? sentence : `${name}: ${sentence}`;
}

/** Never rejects. */
async function doAll(
  { store, acts, signal, monitor }: ControlOptions,
  { act, label }: Extract<Overlay, { kind: 'confirm' }>,
  plans: readonly PlannedAct[],
): Promise<void> {
  if (!acts) return;
  let told: readonly { readonly isGood: boolean; readonly sentence: string }[] = [];
  const show = (isDone: boolean) =>
    store.change((state) => ({ ...state, overlay: { kind: 'doing', act, told, isDone } }));
  show(false);
  const possible = plans.filter(({ kind }) => kind === 'possible');
  for (const [index, { key, name }] of possible.entries()) {
    const run = runOf(store.state(), key);
    // Several runs cannot have one name.
    const given = label !== undefined && possible.length > 1 ? `${label}-${index + 1}` : label;
    try {
      if (!run) throw new Error('it is no longer there');
      const sentence = await acts.act(act, run, { label: given, signal });
      told = [...told, { isGood: true, sentence }];
    } catch (error) {
      told = [...told, { isGood: false, sentence: about(name, sentenceOf(error)) }];
    }
    show(false);
  }
  show(true);
  store.change((state) => ({ ...state, marks: new Set() }));
  // What was done is to be seen at once; a failure of this shows in the view's trouble.
  monitor.refresh().catch(() => {});
}
