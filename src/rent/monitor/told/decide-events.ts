// What happened to a run since somebody was last told of it. Pure: what was told and what is, in; what to tell, out.
import { formatUsd } from '../../../base/std/index.ts';
import type { LogNote } from '../lines/line-intake.ts';
import type { RunEvent } from '../monitor-api.ts';
import type { RunStatus, RunView } from '../run-view.ts';

/** Conditions that are told when they begin, and once more when they are over. */
const CONDITIONS = ['diverged', 'hung', 'finished-but-billing', 'failed'] as const;
type Condition = (typeof CONDITIONS)[number];

/** Kept in the store, so that each thing is told once, over restarts and by whichever process. */
export interface Told {
  readonly status: RunStatus;
  readonly attempt: number;
  /** Epochs that are complete. */
  readonly epochs: number;
  readonly condition: Condition | null;
  readonly isDone: boolean;
  readonly source: string;
  readonly notes: readonly string[];
  /** What somebody should be alerted of, and is not known to have been. */
  readonly pending: readonly RunEvent[];
  /** Since when somebody hands `pending` on; null for nobody. */
  readonly takenAtMs: number | null;
}

export interface Situation {
  readonly run: RunView;
  /** Of the job, where there is one: it knows better than its log. */
  readonly end: 'done' | 'failed' | 'cancelled' | null;
  readonly notes: readonly LogNote[];
  readonly nowMs: number;
  /** The log is still being read from its start: its past is no news. */
  readonly isCatchingUp: boolean;
}

export interface Decision {
  readonly told: Told;
  readonly events: readonly RunEvent[];
}

/** Somebody should hear of these also when he is not looking. */
export const ALERTING: readonly RunEvent['kind'][] = [
  'epoch',
  'done',
  'failed',
  'diverged',
  'hung',
  'finished-but-billing',
];

const NOTES_KEPT = 50;

/** Of a run that is seen for the first time, what it is and has behind it is no event; what is wrong with it is. */
export function decideEvents(before: Told | null, situation: Situation): Decision {
  const { run, nowMs, notes } = situation;
  const events: RunEvent[] = [];
  const tell = (kind: RunEvent['kind'], sentence: string) =>
    events.push({ key: run.key, name: run.name, atMs: nowMs, kind, sentence });
  const source = run.lineSource === 'none' ? '' : `${run.lineSource} ${run.lineFrom}`.trim();
  const old: Told = before ?? {
    status: run.status,
    attempt: run.attempts,
    epochs: completeEpochs(run),
    condition: null,
    isDone: false,
    source,
    notes: [],
    pending: [],
    takenAtMs: null,
  };

  if (run.status !== old.status) tell('status', `${run.name} is ${run.status}: ${run.reason}`);
  if (run.attempts > old.attempt) tell('status', `Attempt ${run.attempts} of ${run.name} has begun`);
  if (source !== '' && source !== old.source)
    tell('source', `The lines of ${run.name} come from ${placeOf(run)}`);
  const fresh = notes.filter(({ name }) => !old.notes.includes(name));
  for (const { sentence } of fresh) tell('source', `${run.name}: ${sentence}`);

  const epochs = situation.isCatchingUp ? old.epochs : Math.max(old.epochs, completeEpochs(run));
  if (epochs > old.epochs) tell('epoch', epochSentence(run, epochs));

  const isDone = situation.end === 'done' || (situation.end === null && hasFinished(run));
  if (isDone && !old.isDone)
    tell('done', `${run.name} is done${run.loss === null ? '' : `, its last loss ${short(run.loss)}`}`);

  const condition = situation.isCatchingUp ? old.condition : conditionOf(situation);
  if (condition !== null && condition !== old.condition) tell(condition, `${run.name}: ${run.health.reason}`);
  if (condition === null && old.condition !== null && run.health.status === 'training') {
    tell('healthy', `${run.name} trains again after it was ${old.condition}`);
  }
  const isOver = condition !== null || run.health.status === 'training' || isDone;
  return {
    events,
    told: {
      status: run.status,
      attempt: Math.max(old.attempt, run.attempts),
      epochs,
      // Between two looks a machine may be away: what it was is still what was told.
      condition: isOver ? condition : old.condition,
      isDone: isDone || (old.isDone && run.attempts <= old.attempt),
      source: source === '' ? old.source : source,
      notes: [...old.notes, ...fresh.map(({ name }) => name)].slice(-NOTES_KEPT),
      pending: old.pending,
      takenAtMs: old.takenAtMs,
    },
  };
}

function conditionOf({ run, end }: Situation): Condition | null {
  if (end === 'failed') return 'failed';
  if (end !== null) return null;
  switch (run.health.status) {
    case 'diverged':
    case 'hung':
    case 'finished-but-billing':
      return run.health.status;
    case 'out-of-memory':
      return 'failed';
    case 'exited':
      // A machine that somebody stopped is told as its status; a program that ended on a machine that runs has failed.
      return run.status === 'running' ? 'failed' : null;
    default:
      return null;
  }
}

function hasFinished({ health, progress, step, totalSteps }: RunView): boolean {
  return health.status === 'finished-but-billing' || (progress === 1 && step !== null && totalSteps !== null);
}

/** Of steps within an epoch, the present epoch is complete with its last step; an epoch alone names one that has ended. */
export function completeEpochs({ epoch, totalEpochs, step, progress }: RunView): number {
  if (epoch === null) return 0;
  if (progress === 1 && totalEpochs !== null) return totalEpochs;
  const whole = Math.floor(epoch);
  if (whole !== epoch) return whole;
  return step === null ? whole : Math.max(0, whole - 1);
}

function epochSentence(run: RunView, epochs: number): string {
  const of = run.totalEpochs === null ? '' : ` of ${run.totalEpochs}`;
  const loss = run.loss === null ? '' : `, loss ${short(run.loss)}`;
  const cost = run.spentUsd === null ? '' : `, ${formatUsd(run.spentUsd)} so far`;
  return `${run.name}: epoch ${epochs}${of} is complete${loss}${cost}`;
}

function placeOf({ lineSource, lineFrom }: RunView): string {
  if (lineSource === 'container') return "the container's log, asked of the service";
  if (lineSource === 'tmux') return `the tmux pane ${lineFrom}`;
  return lineFrom;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
