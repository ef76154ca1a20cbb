// A run in one sentence, for those who hear the screen and for pipes: words in place of signs, what matters first.

import { printable } from '../../../base/std/index.ts';
import type { MonitorView, RunView } from '../../../rent/monitor/index.ts';
import { counted, gpuText, money, percent, quantity, timeSpan } from '../figures/figure.ts';
import { stepText } from '../table/columns.ts';

export function runSentence(run: RunView): string {
  const parts = [
    `${printable(run.name)}: ${run.status}, ${run.health.status}`,
    run.health.colour === 'green' ? '' : run.health.reason,
    run.progress === null
      ? stepText(run).replace(/^-$/, '')
      : `${percent(run.progress * 100)} done, ${stepText(run)}`,
    run.loss === null ? '' : `loss ${quantity(run.loss)}`,
    run.gpuPercent === null ? '' : `GPU ${percent(run.gpuPercent)}`,
    run.etaS === null ? '' : `${timeSpan(run.etaS.likely * 1000)} left`,
    run.pricePerHour === null ? '' : `${money(run.pricePerHour)} an hour`,
    run.spentUsd === null ? '' : `${run.isSpentAtLeast ? 'at least ' : ''}${money(run.spentUsd)} so far`,
    run.gpuName === null ? '' : `on ${printable(gpuText(run.gpuName, run.gpuCount))}`,
  ];
  return `${parts.filter(Boolean).map(printable).join(', ')}.`;
}

export function sumsSentence({ totals, trouble, isSimulated }: MonitorView): string {
  const parts = [
    `${isSimulated ? 'SIMULATED: ' : ''}${counted(totals.runs, 'run')}, ${totals.running} running, ${counted(totals.gpus, 'GPU')}`,
    `${money(totals.pricePerHour)} an hour`,
    `${money(totals.spentUsd)} spent`,
    totals.monthEndUsd === null ? '' : `${money(totals.monthEndUsd)} by the end of the month`,
    totals.creditUsd === null ? '' : `credit ${money(totals.creditUsd)}`,
    totals.creditEndsAtMs === null
      ? ''
      : `used up at ${new Date(totals.creditEndsAtMs).toISOString().slice(0, 16)}Z`,
  ];
  return `${parts.filter(Boolean).join(', ')}.${trouble === null ? '' : ` ${printable(trouble)}`}`;
}

/** What has to change for the run to be told again: figures alone change at every look. */
export function tellingState(run: RunView): string {
  const tenth = run.progress === null ? '' : Math.floor(run.progress * 10);
  return [
    run.status,
    run.health.status,
    run.attempts,
    tenth,
    run.epoch === null ? '' : Math.floor(run.epoch),
  ].join(' ');
}
