// How a run is, why, since when, and what an hour of that costs. Pure: facts in, verdict out. What is not known counts
// as well: an unknown GPU is not an idle one.
import { formatDuration, formatUsd, type MicroUsd, microUsd, usd } from '../../../base/std/index.ts';
import { HEALTH_LIMITS, type HealthLimits } from './health-limits.ts';
import type { LossVerdict } from './loss-watch.ts';
import type { RunFacts } from './run-facts.ts';

export const HEALTH_STATUSES = [
  'starting',
  'training',
  'slow',
  'stalled',
  'hung',
  'diverged',
  'out-of-memory',
  'finished-but-billing',
  'exited',
  'offline',
] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export const HEALTH_COLOURS = ['green', 'yellow', 'red'] as const;
export type HealthColour = (typeof HEALTH_COLOURS)[number];

export interface HealthQuestion {
  readonly nowMs: number;
  readonly machine: {
    /** `loading` is a machine on its way up; `unknown` counts as running. */
    readonly status: 'running' | 'loading' | 'exited' | 'offline' | 'unknown';
    readonly sinceMs: number;
    /** What it costs in this very state: a stopped machine's disk is paid for. */
    readonly pricePerHour: MicroUsd;
  };
  /** The program; `unknown` where it was started by hand. */
  readonly program: {
    readonly status: 'running' | 'ended' | 'unknown';
    readonly sinceMs: number;
    readonly exitCode?: number | null;
  };
  readonly gpu: {
    /** Null where it was not measured lately. */
    readonly utilPercent: number | null;
    /** Since when it has been below the idle limit; null where it is not, or unknown. */
    readonly idleSinceMs: number | null;
  };
  readonly facts: RunFacts;
  readonly loss: LossVerdict;
  /** Seconds of a step: over the run, and of the latest ones. Null where unknown. */
  readonly usualStepS: number | null;
  readonly recentStepS: number | null;
  /** Seconds from one sign of progress in the log to the next, which may be hundreds of steps apart. Default unknown. */
  readonly signS?: number | null;
  /** The last verdict: `since` goes on while the status stays. */
  readonly before?: Health;
}

export interface Health {
  readonly status: HealthStatus;
  readonly colour: HealthColour;
  /** A sentence with the figures in it. */
  readonly reason: string;
  readonly sinceMs: number;
  /** What is paid for an hour of this. */
  readonly costPerHour: MicroUsd;
  /** How much of that buys no progress. */
  readonly wastedPerHour: MicroUsd;
}

interface Finding {
  readonly status: HealthStatus;
  readonly reason: string;
  readonly sinceMs: number;
  /** The share of the price that buys nothing. */
  readonly waste: number;
}

export function judgeHealth(question: HealthQuestion, limits: HealthLimits = HEALTH_LIMITS): Health {
  const { machine, before } = question;
  const found = ended(question, limits) ?? troubled(question, limits) ?? alive(question, limits);
  const { colour, note } = colourOf(found.status, question, limits);
  const isPaid = usd(machine.pricePerHour) > 0;
  const price = isPaid && found.waste > 0 ? `, at ${formatUsd(usd(machine.pricePerHour))} an hour` : '';
  return {
    status: found.status,
    colour,
    reason: `${found.reason}${note}${price}`,
    sinceMs: before?.status === found.status ? Math.min(before.sinceMs, found.sinceMs) : found.sinceMs,
    costPerHour: machine.pricePerHour,
    wastedPerHour: microUsd(usd(machine.pricePerHour) * found.waste),
  };
}

/** Nothing runs any more, or nothing that should. */
function ended({ nowMs, machine, program, facts }: HealthQuestion, limits: HealthLimits): Finding | null {
  if (machine.status === 'offline') {
    return { status: 'offline', reason: 'The machine cannot be reached', sinceMs: machine.sinceMs, waste: 1 };
  }
  const isDone = facts.total !== null && facts.done !== null && facts.done >= facts.total;
  if (machine.status === 'exited') {
    const how =
      isDone || facts.finishedAtMs !== null ? 'after the run had finished' : 'before the run had finished';
    return { status: 'exited', reason: `The machine has stopped ${how}`, sinceMs: machine.sinceMs, waste: 1 };
  }
  if (facts.outOfMemory !== null) {
    const { atMs, text } = facts.outOfMemory;
    return {
      status: 'out-of-memory',
      reason: `Out of memory: "${text.trim().slice(0, 120)}"`,
      sinceMs: atMs,
      waste: 1,
    };
  }
  const isEnded = program.status === 'ended';
  if (isEnded && program.exitCode !== undefined && program.exitCode !== null && program.exitCode !== 0) {
    const reason = `The program ended with exit code ${program.exitCode}${quote(facts)}`;
    return { status: 'exited', reason, sinceMs: program.sinceMs, waste: 1 };
  }
  const lastAtMs = facts.lastLineAtMs ?? nowMs;
  const isQuiet = nowMs - lastAtMs >= limits.finishedAfterMs;
  if (facts.finishedAtMs !== null || (isEnded && program.exitCode === 0) || (isDone && isQuiet)) {
    const sinceMs = facts.finishedAtMs ?? (isEnded ? program.sinceMs : (facts.lastProgressAtMs ?? lastAtMs));
    return {
      status: 'finished-but-billing',
      reason: 'The run has finished and the machine is paid for',
      sinceMs,
      waste: 1,
    };
  }
  if (isEnded) {
    const reason = `The program has ended, with what code is unknown${quote(facts)}`;
    return { status: 'exited', reason, sinceMs: program.sinceMs, waste: 1 };
  }
  // A traceback may be one that was caught: it counts where nothing came after it.
  if (facts.failure !== null && nowMs - lastAtMs >= limits.failedAfterMs) {
    return {
      status: 'exited',
      reason: `The program seems to have failed${quote(facts)}`,
      sinceMs: facts.failure.atMs,
      waste: 1,
    };
  }
  return null;
}

/** It runs, and to no end. */
function troubled(question: HealthQuestion, limits: HealthLimits): Finding | null {
  const { nowMs, loss, gpu, facts, usualStepS, signS } = question;
  if (loss.kind === 'not-finite') {
    return { status: 'diverged', reason: `The loss is ${loss.loss}`, sinceMs: loss.sinceMs, waste: 1 };
  }
  if (loss.kind === 'blow-up') {
    const reason = `The loss is ${short(loss.loss)}, ${loss.z.toFixed(1)} robust standard deviations above ${short(loss.usual)}`;
    return { status: 'diverged', reason, sinceMs: loss.sinceMs, waste: 1 };
  }
  if (facts.lastLineAtMs === null) return null;
  // A step of half an hour is no reason to worry after ten minutes.
  const patienceMs = limits.stepsOfPatience * (usualStepS ?? 0) * 1_000;
  const idleMs = gpu.idleSinceMs === null ? null : nowMs - gpu.idleSinceMs;
  const silentMs = nowMs - facts.lastLineAtMs;
  const hungMs = Math.max(limits.hungAfterMs, patienceMs);
  if (idleMs !== null && idleMs >= hungMs && silentMs >= hungMs) {
    const sinceMs = Math.max(gpu.idleSinceMs ?? 0, facts.lastLineAtMs);
    const reason = `No line for ${ago(silentMs)} and the GPU idle for ${ago(idleMs)}`;
    return { status: 'hung', reason, sinceMs, waste: 1 };
  }
  if (facts.lastProgressAtMs === null) return null;
  const stillMs = nowMs - facts.lastProgressAtMs;
  // Nor are ten minutes without a line where each hundredth step prints one.
  const signsMs = limits.signsOfPatience * (signS ?? 0) * 1_000;
  const isPaused = facts.pause !== null && nowMs - facts.pause.sinceMs < limits.pauseAtMostMs;
  if (stillMs >= Math.max(limits.stalledAfterMs, patienceMs, signsMs) && !isPaused) {
    const during =
      facts.pause === null ? '' : `, the last ${ago(nowMs - facts.pause.sinceMs)} in ${facts.pause.pause}`;
    return {
      status: 'stalled',
      reason: `No step for ${ago(stillMs)}${during}`,
      sinceMs: facts.lastProgressAtMs,
      waste: 1,
    };
  }
  return null;
}

function alive(question: HealthQuestion, limits: HealthLimits): Finding {
  const { nowMs, machine, program, facts, usualStepS, recentStepS } = question;
  if (machine.status === 'loading') {
    return { status: 'starting', reason: 'The machine is on its way up', sinceMs: machine.sinceMs, waste: 0 };
  }
  const { lastProgressAtMs, done, total } = facts;
  if (lastProgressAtMs === null) {
    return { status: 'starting', reason: 'No step has been seen yet', sinceMs: program.sinceMs, waste: 0 };
  }
  if (
    usualStepS !== null &&
    recentStepS !== null &&
    usualStepS > 0 &&
    recentStepS >= limits.slowFactor * usualStepS
  ) {
    const reason = `A step takes ${short(recentStepS)} s where ${short(usualStepS)} s were usual`;
    // What the same time would have done at the usual speed is what is lost.
    return { status: 'slow', reason, sinceMs: lastProgressAtMs, waste: 1 - usualStepS / recentStepS };
  }
  const place = done === null ? '' : ` at ${short(done)}${total === null ? '' : ` of ${short(total)}`}`;
  const { pause } = facts;
  const what =
    pause === null ? 'Training' : pause.pause === 'evaluation' ? 'Evaluating' : 'Writing a checkpoint';
  return {
    status: 'training',
    reason: `${what}${place}`,
    sinceMs: Math.min(lastProgressAtMs, nowMs),
    waste: 0,
  };
}

function colourOf(
  status: HealthStatus,
  { gpu, loss }: HealthQuestion,
  limits: HealthLimits,
): { readonly colour: HealthColour; readonly note: string } {
  switch (status) {
    case 'diverged':
    case 'out-of-memory':
    case 'exited':
    case 'offline':
    case 'hung':
      return { colour: 'red', note: '' };
    case 'slow':
    case 'stalled':
    case 'starting':
    case 'finished-but-billing':
      return { colour: 'yellow', note: '' };
    case 'training': {
      const { utilPercent } = gpu;
      if (loss.kind === 'high')
        return { colour: 'yellow', note: `, the loss is high at ${short(loss.loss)}` };
      if (utilPercent === null) return { colour: 'green', note: '' };
      if (utilPercent < limits.gpuLowPercent)
        return { colour: 'yellow', note: `, the GPU is at ${short(utilPercent)} %` };
      if (utilPercent > limits.gpuHighPercent)
        return { colour: 'yellow', note: `, the GPU is at ${short(utilPercent)} %` };
      return { colour: 'green', note: '' };
    }
  }
}

function quote({ failure }: RunFacts): string {
  return failure === null ? '' : `: "${failure.text.trim().slice(0, 120)}"`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

const ago = (ms: number): string => formatDuration(Math.max(0, Math.round(ms / 1_000) * 1_000));
