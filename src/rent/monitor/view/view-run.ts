// A run as it is shown: the roster's facts, the newest sample, what the lines told, and what follows from all three. Pure.
import { type MicroUsd, microUsd, usd } from '../../../base/std/index.ts';
import type { Sample } from '../../remote/index.ts';
import {
  estimateFinish,
  type Finish,
  type Health,
  type HealthQuestion,
  judgeHealth,
  NO_FACTS,
  outsidePace,
  paceOf,
  progressOf,
  type Range,
  remainingStepsOf,
  type TrainingOptions,
} from '../../training/index.ts';
import type { LineState } from '../line-loop.ts';
import type { LineIntake } from '../lines/line-intake.ts';
import type { RunEntry } from '../roster/run-entry.ts';
import type { GpuReading, RunView } from '../run-view.ts';
import { meanUtilization, type SampleState } from '../sample-loop.ts';

export interface RunFactsNow {
  readonly nowMs: number;
  readonly entry: RunEntry;
  readonly sampling: SampleState;
  /** A sample older than this says nothing of now. */
  readonly staleAfterMs: number;
  readonly lines: LineState;
  readonly intake: LineIntake | undefined;
  readonly training: TrainingOptions;
  readonly before: Health | undefined;
}

/** From an interruption until the last checkpoint is loaded on another machine: search, boot and image. */
const RESTART_S = 600;
const HOUR_S = 3_600;

export function viewRun(facts: RunFactsNow): RunView {
  const { nowMs, entry, sampling, lines, intake } = facts;
  const { sample } = sampling;
  const fresh = freshSample(facts);
  const state = intake?.state();
  const figures = state?.figures;
  const progress = figures ? progressOf(figures) : null;
  const share = progress?.total ? Math.min(1, Math.max(0, progress.done / progress.total)) : null;
  const finish = finishOf(facts);
  const health = healthOf(facts, fresh);
  const eta = etaOf(facts, finish, health);
  const etaBasis = eta !== null && finish?.kind === 'known' ? finish.basis : null;
  return {
    key: entry.key,
    instanceId: entry.instanceId,
    jobId: entry.jobId,
    rentalId: entry.rentalId,
    name: entry.name,
    group: entry.group,
    gpuName: entry.gpuName,
    gpuCount: entry.gpuCount,
    geolocation: entry.geolocation,
    status: entry.status,
    reason: entry.reason,
    sinceMs: entry.sinceMs,
    gpus: sample?.gpus.isKnown ? { value: sample.gpus.value.map(readingOf), atMs: sample.atMs } : null,
    gpuPercent: meanUtilization(fresh) ?? listedGpuPercent(facts),
    gpuMemoryPercent: gpuMemoryPercent(fresh) ?? listedGpuMemory(facts),
    memoryPercent: fresh?.memory.isKnown
      ? percentOf(fresh.memory.value.usedBytes, fresh.memory.value.totalBytes)
      : listedShare(facts, 'ramUsedGb', 'ramLimitGb'),
    diskPercent: fresh?.disk.isKnown
      ? percentOf(fresh.disk.value.usedBytes, fresh.disk.value.totalBytes)
      : listedShare(facts, 'diskUsedGb', 'diskGb'),
    sampleError: sampling.error,
    sampledAtMs: sample?.atMs ?? (isListed(facts) ? entry.listedAtMs : null),
    format: state?.format ?? null,
    epoch: figures?.epoch ?? null,
    totalEpochs: figures?.totalEpochs ?? null,
    step: figures?.step ?? null,
    totalSteps: figures?.totalSteps ?? null,
    progress: share,
    loss: figures?.loss ?? null,
    recentLosses: intake?.recentLosses() ?? [],
    metrics: intake?.newest().filter(({ name }) => name !== 'loss' && name !== 'epoch') ?? [],
    attempts: Math.max(entry.attempt, intake?.attempt() ?? 1),
    lineSource: lines.source?.kind ?? 'none',
    lineFrom: lines.source?.from ?? '',
    lineAtMs: intake?.facts().lastLineAtMs ?? null,
    lineError: lines.error,
    lineReadAtMs: lines.answeredAtMs,
    pricePerHour: entry.pricePerHour,
    spentUsd: spentBy(entry, nowMs),
    isSpentAtLeast: entry.isSpentAtLeast,
    etaS: eta,
    etaBasis,
    costToFinishUsd: eta === null || entry.pricePerHour === null ? null : priced(eta, entry.pricePerHour),
    health,
    wastePerHour: health.wastedPerHour > 0 ? usd(health.wastedPerHour) : null,
  };
}

function freshSample({ nowMs, sampling: { sample }, staleAfterMs, entry }: RunFactsNow): Sample | null {
  if (!sample || entry.status !== 'running') return null;
  return nowMs - sample.atMs <= staleAfterMs ? sample : null;
}

function healthOf(facts: RunFactsNow, fresh: Sample | null): Health {
  const { nowMs, entry, sampling, intake, training, before } = facts;
  const question: HealthQuestion = {
    nowMs,
    machine: entry.machine,
    program: entry.program,
    gpu: {
      utilPercent: meanUtilization(fresh) ?? listedGpuPercent(facts),
      idleSinceMs: fresh ? sampling.idleSinceMs : null,
    },
    facts: intake?.facts() ?? NO_FACTS,
    loss: intake?.loss() ?? { kind: 'unknown' },
    ...(intake ? intake.pace() : { usualStepS: null, recentStepS: null }),
    signS: signOf(facts),
    ...(before && { before }),
  };
  return judgeHealth(question, training.health);
}

/** How long a step takes as far as it can be told from when the run began. */
function outsideOf({
  entry,
  lines,
  intake,
}: Pick<RunFactsNow, 'entry' | 'lines' | 'intake'>): Range<number> | null {
  const worked = intake?.worked() ?? null;
  if (!intake || worked === null) return null;
  const { file, share } = intake.read();
  const isLogOfJob = entry.job !== undefined && lines.source?.kind === 'job';
  return outsidePace(worked, {
    programStartedAtMs: isLogOfJob && entry.program.status === 'running' ? entry.program.sinceMs : null,
    logBornAtMs: file?.bornAtMs ?? null,
    machineStartedAtMs: containerStartOf(entry),
    readShare: share,
    isNewestTimed: file !== null,
  });
}

function containerStartOf({ instance, listedAtMs }: RunEntry): number | null {
  if (!instance) return null;
  const { uptimeMs, startedAtMs } = instance;
  return uptimeMs === null || listedAtMs === null ? startedAtMs : listedAtMs - uptimeMs;
}

/** Seconds from one sign of progress to the next: as seen, or else as it must be where the log is read for the first time. */
function signOf(facts: RunFactsNow): number | null {
  const { intake } = facts;
  const outside = outsideOf(facts);
  return intake?.signS() ?? (outside === null ? null : outside.likely * (intake?.worked()?.stride ?? 1));
}

function finishOf({ nowMs, entry, lines, intake }: RunFactsNow): Finish | null {
  if (!intake) return null;
  const { figures } = intake.state();
  const progress = progressOf(figures);
  if (progress === null) return null;
  const times = intake.times();
  const { interruptionsPerHour } = entry;
  const { everySteps } = times.pauses.checkpoint;
  const { usualStepS } = paceOf(times);
  return estimateFinish({
    nowMs,
    progress,
    times,
    remainingS: figures.remainingS,
    remainingSteps: remainingStepsOf(figures),
    outsideS: outsideOf({ entry, lines, intake }),
    ...(interruptionsPerHour !== null && {
      hazard: {
        interruptionsPerHour,
        restartS: RESTART_S,
        checkpointEveryS: everySteps === null || usualStepS === null ? null : everySteps * usualStepS,
      },
    }),
  });
}

/** What runs to no end ends at no time. */
const ENDLESS = [
  'stalled',
  'hung',
  'diverged',
  'out-of-memory',
  'exited',
  'offline',
] as const satisfies readonly Health['status'][];

function etaOf({ nowMs, intake }: RunFactsNow, finish: Finish | null, health: Health): Range<number> | null {
  if (finish === null || finish.kind === 'unknown') return null;
  if (ENDLESS.some((status) => status === health.status)) return null;
  if (finish.kind === 'done' || health.status === 'finished-but-billing')
    return { low: 0, likely: 0, high: 0 };
  // It was so long at the last step.
  const sinceS = Math.max(0, nowMs - (intake?.facts().lastProgressAtMs ?? nowMs)) / 1_000;
  const { low, likely, high } = finish.remainingS;
  const left = (seconds: number) => Math.max(0, seconds - sinceS);
  return { low: left(low), likely: left(likely), high: left(high) };
}

function priced({ low, likely, high }: Range<number>, pricePerHour: number): Range<number> {
  const cost = (seconds: number) => (seconds / HOUR_S) * pricePerHour;
  return { low: cost(low), likely: cost(likely), high: cost(high) };
}

function spentBy({ spentUsd, pricePerHour, atMs }: RunEntry, nowMs: number): number | null {
  if (spentUsd === null) return null;
  const since: MicroUsd = microUsd(((pricePerHour ?? 0) * Math.max(0, nowMs - atMs)) / (HOUR_S * 1_000));
  return spentUsd + usd(since);
}

function readingOf(gpu: GpuReading): GpuReading {
  const { utilizationPercent, memoryUsedMb, memoryTotalMb, temperatureC, powerW } = gpu;
  return { utilizationPercent, memoryUsedMb, memoryTotalMb, temperatureC, powerW };
}

function gpuMemoryPercent(sample: Sample | null): number | null {
  if (!sample?.gpus.isKnown) return null;
  const known = sample.gpus.value.filter((gpu) => gpu.memoryUsedMb !== null && gpu.memoryTotalMb !== null);
  const sum = (of: (gpu: GpuReading) => number | null) => known.reduce((all, gpu) => all + (of(gpu) ?? 0), 0);
  return percentOf(
    sum((gpu) => gpu.memoryUsedMb),
    sum((gpu) => gpu.memoryTotalMb),
  );
}

/** The service's figures stand in where the machine itself has never answered; after that they would only confuse. */
function isListed({ entry, nowMs, staleAfterMs, sampling }: RunFactsNow): boolean {
  if (entry.status !== 'running' || entry.listedAtMs === null || sampling.sample !== null) return false;
  return nowMs - entry.listedAtMs <= staleAfterMs;
}

function listedGpuPercent(facts: RunFactsNow): number | null {
  return isListed(facts) ? (facts.entry.instance?.gpuUtilPercent ?? null) : null;
}

function listedGpuMemory(facts: RunFactsNow): number | null {
  const { instance } = facts.entry;
  if (!isListed(facts) || !instance || instance.gpuRamUsedGb === null || instance.gpuRamGb === null)
    return null;
  return percentOf(instance.gpuRamUsedGb, instance.gpuRamGb * (instance.gpuCount ?? 1));
}

function listedShare(
  facts: RunFactsNow,
  used: 'ramUsedGb' | 'diskUsedGb',
  total: 'ramLimitGb' | 'diskGb',
): number | null {
  const { instance } = facts.entry;
  if (!isListed(facts) || !instance) return null;
  const [usedGb, totalGb] = [instance[used], instance[total]];
  return usedGb === null || totalGb === null ? null : percentOf(usedGb, totalGb);
}

function percentOf(part: number, whole: number): number | null {
  return whole > 0 ? Math.min(100, (100 * part) / whole) : null;
}
