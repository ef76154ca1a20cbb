// The monitor without a screen, for pipes and screen readers: a sentence when something is otherwise than before, nothing
// that moves, nothing that is said by colour or place alone.
import { type Clock, printable } from '../../../base/std/index.ts';
import type { Monitor, MonitorView } from '../../../rent/monitor/index.ts';
import { runSentence, sumsSentence, tellingState } from './run-sentence.ts';

export interface PlainTopOptions {
  readonly monitor: Monitor;
  readonly out: (text: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The sums are told again so often; default 600,000. */
  readonly sumsEveryMs?: number;
}

const SUMS_EVERY_MS = 600_000;

/** Resolves when the signal ends it; rejects with the monitor's failure. */
export async function runPlainTop({
  monitor,
  out,
  clock,
  signal,
  sumsEveryMs = SUMS_EVERY_MS,
}: PlainTopOptions): Promise<void> {
  const told = new Map<string, string>();
  let sums = '';
  let sumsAtMs = Number.NEGATIVE_INFINITY;
  let names = '';
  const tell = (view: MonitorView, text: string) =>
    out(`${new Date(view.atMs).toISOString().slice(11, 19)}Z ${text}\n`);
  const onView = (view: MonitorView) => {
    // Before the first listing there is nothing to say but that one is awaited.
    if (view.listedAtMs === null && view.trouble === null) return;
    const state = `${view.totals.runs} ${view.totals.running} ${view.trouble ?? ''}`;
    if (state !== sums || clock.monotonic() - sumsAtMs >= sumsEveryMs) {
      sums = state;
      sumsAtMs = clock.monotonic();
      tell(view, sumsSentence(view));
    }
    for (const run of view.runs) {
      const now = tellingState(run);
      if (told.get(run.key) === now) continue;
      told.set(run.key, now);
      tell(view, runSentence(run));
    }
    const present = view.runs.map(({ key }) => key);
    for (const key of told.keys()) if (!present.includes(key)) told.delete(key);
    if (present.join('\n') !== names) {
      names = present.join('\n');
      monitor.lookAt(present);
    }
  };
  const stopListening = monitor.listen({
    onView,
    onEvent: ({ atMs, sentence }) =>
      out(`${new Date(atMs).toISOString().slice(11, 19)}Z ${printable(sentence)}\n`),
  });
  try {
    onView(monitor.view());
    await monitor.run(signal);
  } finally {
    stopListening();
  }
}
