// A view out of the one before and what has changed since. Pure.
import type { MicroUsd } from '../../../../base/std/index.ts';
import type { MonitorView, RunView } from '../../../../rent/monitor/index.ts';
import type { ViewDeltaRow } from '../../protocol/run-stream.ts';
import type { RunRow } from '../../protocol.ts';

/** `before` is null for whoever has nothing yet. */
export function applyDelta(before: MonitorView | null, delta: ViewDeltaRow): MonitorView {
  const runs = new Map((before?.runs ?? []).map((run) => [run.key, run]));
  for (const run of delta.whole) runs.set(run.key, runViewOf(run));
  for (const patch of delta.changed) {
    const old = runs.get(patch.key);
    if (old) runs.set(patch.key, runViewOf({ ...old, ...patch } as RunRow));
  }
  const order = delta.order ?? before?.runs.map(({ key }) => key) ?? [];
  return { ...delta.head, runs: order.flatMap((key) => runs.get(key) ?? []) };
}

/** A field of a run that the protocol lacks would be lost on the way: then nothing fits this. */
type WholeRow = RunRow & Readonly<Record<Exclude<keyof RunView, keyof RunRow>, never>>;

/** Money on the wire is a plain number of micro-dollars. */
function runViewOf({ health, metrics, ...run }: WholeRow): RunView {
  const { lineReadAtMs, ...rest } = run;
  return {
    ...rest,
    ...(lineReadAtMs !== undefined && { lineReadAtMs }),
    metrics: metrics.map(({ step, ...metric }) => (step === undefined ? metric : { ...metric, step })),
    health: {
      ...health,
      costPerHour: health.costPerHour as MicroUsd,
      wastedPerHour: health.wastedPerHour as MicroUsd,
    },
  };
}
