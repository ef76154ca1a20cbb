// What a screen beside a daemon is told while 50 runs write 100 lines a second: bytes, and what writing and reading them takes.
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../src/base/std/index.ts';
import { applyDelta } from '../../src/front/http/client/monitor/apply-delta.ts';
import { viewDeltaSchema } from '../../src/front/http/protocol/run-stream.ts';
import { deltaOf } from '../../src/front/http/runs/delta-of.ts';
import { wireText } from '../../src/front/http/runs/wire-text.ts';
import type { MonitorView, RunView } from '../../src/rent/monitor/index.ts';
import { aMetric, aRun, aView, NOW_MS } from '../../test/front/tui/a-monitor.ts';
import type { Report } from '../lines.ts';

const RUNS = 50;
const VIEWS_A_SECOND = 4;
const SECONDS = 60;
const METRICS = 10;

export function measureStream(report: Report): void {
  const clock = systemClock();
  let view = aView(
    Array.from({ length: RUNS }, (_, at) => trained(aRun({ instanceId: 20_000_000 + at }), 0)),
  );
  const whole = wireText(deltaOf(null, view));
  let mine: MonitorView = applyDelta(null, viewDeltaSchema.parse(JSON.parse(whole)));
  let chars = 0;
  let [writingMs, readingMs] = [0, 0];
  for (let tick = 1; tick <= SECONDS * VIEWS_A_SECOND; tick += 1) {
    // Every second view has a new line of a run.
    const runs = view.runs.map((run, at) => ((tick + at) % 2 === 0 ? trained(run, tick) : run));
    const next = aView(runs, { atMs: NOW_MS + tick * 250 });
    const startMs = clock.monotonic();
    const text = wireText(deltaOf(view, next));
    const betweenMs = clock.monotonic();
    mine = applyDelta(mine, viewDeltaSchema.parse(JSON.parse(text)));
    readingMs += clock.monotonic() - betweenMs;
    writingMs += betweenMs - startMs;
    chars += text.length;
    view = next;
  }
  if (!isDeepStrictEqual(mine, view)) throw new Error('What was read is not what was written');
  const percent = (ms: number) => ms / (SECONDS * 10);
  report(`${RUNS} runs, 100 lines a second: the view once`, whole.length / 1e6, 'MB');
  report(`${RUNS} runs, 100 lines a second: what changes in a second`, chars / SECONDS / 1e6, 'MB', 1);
  report(`${RUNS} runs, 100 lines a second: written, of a core`, percent(writingMs), '%');
  report(`${RUNS} runs, 100 lines a second: read, of a core`, percent(readingMs), '%');
}

function trained(run: RunView, tick: number): RunView {
  const atMs = NOW_MS + tick * 250;
  const loss = 2 + Math.sin(tick);
  return {
    ...run,
    step: tick * 10,
    progress: tick / 10_000,
    loss,
    recentLosses: [...run.recentLosses, loss].slice(-60),
    metrics: Array.from({ length: METRICS }, (_, at) =>
      aMetric({
        run: `${run.key} train.log`,
        name: `metric_${at}`,
        value: Math.cos(tick + at),
        atMs,
        seq: tick,
      }),
    ),
    lineAtMs: atMs,
    spentUsd: 1 + tick / 1e4,
    etaS: { low: tick, likely: tick + 1.25, high: tick + 2.5 },
    health: { ...run.health, reason: `Training at ${tick}` },
  };
}
