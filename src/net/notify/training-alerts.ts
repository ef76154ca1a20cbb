// Alerts about a training run, from plain figures: an epoch is done, it is done, it failed, it diverged, it hangs, or it
// is done and still costs.
import { formatDuration } from '../../base/std/index.ts';
import type { Alert, AlertAction, AlertKind, Figure, Severity } from './alert.ts';
import {
  type AlertContext,
  clockTime,
  command,
  known,
  type MachineFigures,
  machineName,
  money,
  perHour,
} from './phrases.ts';
import { oneLine } from './plain-text.ts';

/** What can be told of a run, as a monitor names it. */
export const TRAINING_EVENTS = [
  'epoch',
  'done',
  'failed',
  'diverged',
  'hung',
  'finished-but-billing',
] as const;
export type TrainingEvent = (typeof TRAINING_EVENTS)[number];

/** Undefined figures are not known. */
export interface TrainingFigures extends MachineFigures {
  /** Names the run for ever: alerts of one run are told apart by it. */
  readonly key: string;
  /** As `vd runs show` takes it. */
  readonly run: string;
  readonly attempt: number;
  readonly epoch: number | undefined;
  readonly totalEpochs: number | undefined;
  readonly step: number | undefined;
  readonly totalSteps: number | undefined;
  /** NaN and infinities are figures too. */
  readonly loss: number | undefined;
  /** Since when it is so. */
  readonly sinceMs: number;
  /** Why, as a sentence. */
  readonly reason: string;
  readonly usdPerHour: number | undefined;
  /** Of it, what buys no progress. */
  readonly wastedUsdPerHour: number | undefined;
  readonly spentUsd: number | undefined;
  /** To the end of the run. */
  readonly remainingMs: number | undefined;
}

/** The alert that an event of a run is worth. */
export function trainingAlert(event: TrainingEvent, figures: TrainingFigures, context: AlertContext): Alert {
  const { key, kind, severity, title, body, actions } = WORDS[event](figures, context);
  return {
    key,
    kind,
    severity,
    title,
    body: [body, standing(figures, context)].filter(Boolean).join('\n'),
    figures: figuresOf(figures),
    atMs: context.atMs,
    actions,
  };
}

interface Words extends Pick<Alert, 'key' | 'kind' | 'severity' | 'title' | 'body' | 'actions'> {
  readonly kind: AlertKind;
}

const WORDS: Readonly<Record<TrainingEvent, (figures: TrainingFigures, context: AlertContext) => Words>> = {
  epoch: (figures) => ({
    // One key for all epochs of a run: its repeat rule is the least time between two messages.
    key: `epoch-complete:${figures.key}`,
    kind: 'epoch-complete',
    severity: 'info',
    title: `${figures.ref}: ${epochs(figures)} complete${lossText(figures)}`,
    body: '',
    actions: [show(figures)],
  }),
  done: (figures) => ({
    key: `run-done:${figures.key}:${figures.attempt}`,
    kind: 'run-done',
    severity: 'info',
    title: `${figures.ref} is done${lossText(figures)}`,
    body: oneLine(figures.reason),
    actions: [show(figures), ...ifBilling(figures, [copy(figures), destroy(figures)])],
  }),
  failed: (figures) => ({
    key: `run-failed:${figures.key}:${figures.attempt}`,
    kind: 'run-failed',
    severity: severityOf(figures),
    title: `${figures.ref} failed${costText(figures)}`,
    body: oneLine(figures.reason),
    actions: [logs(figures), ...ifBilling(figures, [enter(figures), destroy(figures)])],
  }),
  diverged: (figures) => ({
    key: `run-diverged:${figures.key}:${figures.attempt}`,
    kind: 'run-diverged',
    severity: severityOf(figures),
    title: `${figures.ref} has diverged${lossText(figures)}${costText(figures)}`,
    body: oneLine(figures.reason),
    actions: [show(figures), ...ifBilling(figures, [enter(figures), stop(figures), destroy(figures)])],
  }),
  hung: (figures, context) => ({
    key: `run-hung:${figures.key}:${figures.attempt}`,
    kind: 'run-hung',
    severity: severityOf(figures),
    title: `${figures.ref} hangs for ${age(figures, context)}${costText(figures)}`,
    body: oneLine(figures.reason),
    actions: [enter(figures), logs(figures), stop(figures), destroy(figures)],
  }),
  'finished-but-billing': (figures, context) => ({
    key: `finished-but-billing:${figures.key}`,
    kind: 'finished-but-billing',
    severity: severityOf(figures),
    title: `${figures.ref} has finished and costs ${perHour(wasted(figures))} for nothing`,
    body: `${oneLine(figures.reason)} Since then it has cost ${money(wastedSince(figures, context))}; it does so until it is destroyed.`,
    actions: [copy(figures), stop(figures), destroy(figures)],
  }),
};

/** Where money is burnt for nothing, or it is not known, somebody is woken. */
function severityOf(figures: TrainingFigures): Severity {
  return wasted(figures) === 0 ? 'warning' : 'critical';
}

function wasted({ wastedUsdPerHour, usdPerHour }: TrainingFigures): number | undefined {
  return wastedUsdPerHour ?? usdPerHour;
}

function wastedSince(figures: TrainingFigures, { atMs }: AlertContext): number | undefined {
  const rate = wasted(figures);
  return rate === undefined ? undefined : (rate * Math.max(0, atMs - figures.sinceMs)) / 3_600_000;
}

/** Where the run stands, what it costs, and until when. */
function standing(figures: TrainingFigures, context: AlertContext): string {
  const { step, totalSteps, epoch, totalEpochs, loss, spentUsd, usdPerHour, remainingMs, attempt } = figures;
  const parts = [
    machineName(figures),
    step === undefined ? undefined : `step ${of(step, totalSteps)}`,
    epoch === undefined ? undefined : `epoch ${of(epoch, totalEpochs)}`,
    loss === undefined ? undefined : `loss ${short(loss)}`,
    attempt > 1 ? `attempt ${attempt}` : undefined,
    usdPerHour === undefined ? undefined : perHour(usdPerHour),
    spentUsd === undefined ? undefined : `${money(spentUsd)} so far`,
    `since ${clockTime(figures.sinceMs, context)}`,
    remainingMs === undefined || remainingMs <= 0 ? undefined : `${formatDuration(remainingMs)} left`,
  ];
  return `${parts.filter((part) => part !== undefined).join(', ')}.`;
}

const epochs = ({ epoch, totalEpochs }: TrainingFigures) =>
  epoch === undefined ? 'an epoch is' : `epoch ${of(epoch, totalEpochs)}`;

const of = (value: number, total: number | undefined) =>
  total === undefined ? short(value) : `${short(value)} of ${short(total)}`;

const short = (value: number) =>
  Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);

const lossText = ({ loss }: TrainingFigures) => (loss === undefined ? '' : `, loss ${short(loss)}`);

const costText = (figures: TrainingFigures) => {
  const rate = wasted(figures) ?? 0;
  return rate > 0 ? `; ${perHour(rate)} for nothing` : '';
};

const age = ({ sinceMs }: TrainingFigures, { atMs }: AlertContext) =>
  formatDuration(Math.max(0, Math.round((atMs - sinceMs) / 1_000) * 1_000));

/** Of a machine that costs nothing any more there is nothing to end. */
function ifBilling({ usdPerHour }: TrainingFigures, actions: readonly AlertAction[]): readonly AlertAction[] {
  return usdPerHour === 0 ? [] : actions;
}

const show = ({ run }: TrainingFigures) => command('see its figures', 'vd runs show', run);
const logs = ({ ref }: TrainingFigures) => command('read its log', 'vd logs', ref);
const enter = ({ ref }: TrainingFigures) => command('look at it', 'vd ssh', ref);
const stop = ({ ref }: TrainingFigures) => command('stop it (its disk still costs)', 'vd stop', ref);
const destroy = ({ ref }: TrainingFigures) => command('destroy it', 'vd rm', ref);
const copy = ({ ref }: TrainingFigures) => command('copy its data', 'vd cp', `${ref}:/workspace`);

function figuresOf(figures: TrainingFigures): Readonly<Record<string, Figure>> {
  const { run, attempt, loss, sinceMs, instanceId } = figures;
  return {
    run,
    attempt,
    instanceId: known(instanceId),
    epoch: known(figures.epoch),
    totalEpochs: known(figures.totalEpochs),
    step: known(figures.step),
    totalSteps: known(figures.totalSteps),
    // JSON has no word for what is no number.
    loss: loss === undefined || Number.isFinite(loss) ? known(loss) : String(loss),
    sinceMs,
    usdPerHour: known(figures.usdPerHour),
    wastedUsdPerHour: known(figures.wastedUsdPerHour),
    spentUsd: known(figures.spentUsd),
    remainingMs: known(figures.remainingMs),
  };
}
