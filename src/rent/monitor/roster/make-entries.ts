// The runs of an account: one for each job, and one for each instance that is no job's. Pure.
import { HOUR_MS, microUsd, usd } from '../../../base/std/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import { isOver, type JobAttempt, type JobRecord } from '../../jobs/index.ts';
import { hazardPerHour, type PsRow, type Rental, reckonedCost, statusOf } from '../../rental/index.ts';
import { type ReckonedBefore, reckonForeign } from './foreign-cost.ts';
import type { RunEntry } from './run-entry.ts';
import { jobRunStatus, machineStatusOf, runStatusOf, unlistedStatus } from './status-words.ts';

export interface RosterFacts {
  readonly nowMs: number;
  readonly listedAtMs: number | null;
  readonly rows: readonly PsRow[];
  readonly instances: ReadonlyMap<number, Instance>;
  readonly rentals: readonly Rental[];
  readonly jobs: readonly JobRecord[];
  /** Of each job the attempts, first to last. */
  readonly attempts: ReadonlyMap<string, readonly JobAttempt[]>;
  /** What we have seen of a machine. */
  readonly seenOf: (instance: Instance) => { readonly interruptions: number; readonly hoursSeen: number };
  /** A group that a person put a run into. */
  /** Of instances that we did not make, by their ids, what they had cost at the last listing. Default unknown. */
  readonly foreignBefore?: ReadonlyMap<number, ReckonedBefore>;
  readonly groupOf: (run: Pick<RunEntry, 'key' | 'instanceId' | 'name' | 'label'>) => string | null;
}

/** A job that is over is shown for so long. */
const SHOWN_AFTER_END_MS = HOUR_MS;

export function isLongOver({ status, endedAtMs }: JobRecord, nowMs: number): boolean {
  return isOver(status) && nowMs - (endedAtMs ?? 0) >= SHOWN_AFTER_END_MS;
}

export function makeEntries(facts: RosterFacts): readonly RunEntry[] {
  const rentalOf = new Map(facts.rentals.map((rental) => [rental.id, rental]));
  const taken = new Set<PsRow>();
  const jobs = facts.jobs.map((job) => {
    const row = isOver(job.status) ? undefined : rowOf(job, facts);
    if (row) taken.add(row);
    return jobEntry(job, row, rentalOf, facts);
  });
  const others = facts.rows
    .filter((row) => !taken.has(row))
    .map((row) => instanceEntry(row, rentalOf, facts));
  return [...jobs, ...others];
}

function rowOf(job: JobRecord, { rows, attempts }: RosterFacts): PsRow | undefined {
  const attempt = attempts.get(job.id)?.at(-1);
  const rentalIds = [job.rentalId, attempt?.rentalId];
  return rows.find(
    ({ id, rentalId }) =>
      (rentalId !== undefined && rentalIds.includes(rentalId)) ||
      (id !== null && attempt?.endedAtMs === undefined && id === attempt?.instanceId),
  );
}

function instanceEntry(row: PsRow, rentalOf: ReadonlyMap<string, Rental>, facts: RosterFacts): RunEntry {
  const instance = row.id === null ? undefined : facts.instances.get(row.id);
  const rental = row.rentalId === undefined ? undefined : rentalOf.get(row.rentalId);
  const key = row.id === null ? `rental ${row.rentalId ?? ''}` : `instance ${row.id}`;
  const label = labelOf(instance);
  const name = row.name || label || String(row.id ?? row.rentalId ?? '');
  const machine = machineFacts({ row, instance, rental }, facts);
  const before = row.id === null ? undefined : facts.foreignBefore?.get(row.id);
  const foreign = rental ? null : reckonForeign(instance, { nowMs: facts.nowMs, before });
  return {
    key,
    instanceId: row.id,
    jobId: null,
    rentalId: row.rentalId ?? null,
    name,
    label,
    group: facts.groupOf({ key, instanceId: row.id, name, label }) ?? rental?.launch.scopes.fleet ?? null,
    ...machine,
    reason: reasonOf(machine.statusReason, instance),
    spentUsd: rental ? usd(reckonedCost(rental, facts.nowMs)) : (foreign?.usd ?? null),
    isSpentAtLeast: rental === undefined && (foreign?.isAtLeast ?? false),
    program: { status: 'unknown', sinceMs: machine.sinceMs },
    job: undefined,
    attempt: 1,
  };
}

function jobEntry(
  job: JobRecord,
  row: PsRow | undefined,
  rentalOf: ReadonlyMap<string, Rental>,
  facts: RosterFacts,
): RunEntry {
  const instance = row?.id === null || row === undefined ? undefined : facts.instances.get(row.id);
  const attempt = facts.attempts.get(job.id)?.at(-1);
  const rental = rentalOf.get(row?.rentalId ?? job.rentalId ?? '');
  const key = `job ${job.id}`;
  const label = labelOf(instance);
  const machine = machineFacts({ row, instance, rental }, facts);
  // What the job says is more than what its machine does, except that the machine has gone from under it.
  const status = row === undefined ? jobRunStatus(job) : machine.status;
  const sinceMs = row === undefined ? job.sinceMs : machine.sinceMs;
  return {
    key,
    instanceId: row?.id ?? null,
    jobId: job.id,
    rentalId: row?.rentalId ?? job.rentalId ?? null,
    name: job.name,
    label,
    group: facts.groupOf({ key, instanceId: row?.id ?? null, name: job.name, label }) ?? job.group,
    ...machine,
    status,
    sinceMs,
    machine: { ...machine.machine, status: machineStatusOf(status), sinceMs },
    reason: job.reason === '' ? machine.statusReason : job.reason,
    gpuName: machine.gpuName ?? rental?.terms?.gpuName ?? null,
    gpuCount: machine.gpuCount ?? rental?.terms?.gpuCount ?? null,
    // The job's own sum is as old as its last change.
    spentUsd: Math.max(usd(job.spent), rental ? usd(reckonedCost(rental, facts.nowMs)) : 0),
    isSpentAtLeast: false,
    program: programOf(job, attempt),
    job,
    attempt: Math.max(1, job.attempt),
  };
}

function programOf(job: JobRecord, attempt: JobAttempt | undefined): RunEntry['program'] {
  const exitCode = attempt?.exitCode;
  if (job.status === 'running') return { status: 'running', sinceMs: attempt?.runningAtMs ?? job.sinceMs };
  if (isOver(job.status) || job.status === 'fetching') {
    const sinceMs = attempt?.endedAtMs ?? job.sinceMs;
    return { status: 'ended', sinceMs, ...(exitCode !== undefined && { exitCode }) };
  }
  return { status: 'unknown', sinceMs: job.sinceMs };
}

type MachineFacts = Pick<
  RunEntry,
  | 'status'
  | 'sinceMs'
  | 'gpuName'
  | 'gpuCount'
  | 'geolocation'
  | 'pricePerHour'
  | 'atMs'
  | 'instance'
  | 'listedAtMs'
  | 'machine'
  | 'interruptionsPerHour'
  | 'canEnter'
> & { readonly statusReason: string };

interface MachineSource {
  readonly row: PsRow | undefined;
  readonly instance: Instance | undefined;
  readonly rental: Rental | undefined;
}

function machineFacts(
  { row, instance, rental }: MachineSource,
  { nowMs, listedAtMs, seenOf }: RosterFacts,
): MachineFacts {
  const { status, reason } = instance
    ? runStatusOf(statusOf(instance))
    : unlistedStatus(row && (rental?.status ?? 'ready'));
  const sinceMs = row?.stateSinceMs ?? nowMs;
  const pricePerHour = row?.usdPerHour ?? null;
  return {
    status,
    statusReason: reason,
    sinceMs,
    gpuName: instance?.gpuName ?? null,
    gpuCount: instance?.gpuCount ?? null,
    geolocation: instance?.geolocation ?? null,
    pricePerHour,
    atMs: nowMs,
    instance,
    listedAtMs: instance ? listedAtMs : null,
    machine: { status: machineStatusOf(status), sinceMs, pricePerHour: microUsd(pricePerHour ?? 0) },
    interruptionsPerHour: instance?.isInterruptible ? hazardOf(instance, seenOf(instance)) : null,
    canEnter: status === 'running' && (instance?.ssh.direct ?? instance?.ssh.proxy) !== undefined,
  };
}

function hazardOf(
  { gpuPricePerHour, minBidPerHour, reliability }: Instance,
  seen: { readonly interruptions: number; readonly hoursSeen: number },
): number {
  const bidRatio =
    gpuPricePerHour !== null && minBidPerHour !== null && minBidPerHour > 0
      ? Math.max(1, gpuPricePerHour / minBidPerHour)
      : 1;
  return hazardPerHour({ bidRatio, reliability }, seen);
}

function reasonOf(statusReason: string, instance: Instance | undefined): string {
  const message = instance?.statusMessage?.trim().split('\n', 1)[0] ?? '';
  return message === '' ? statusReason : `${statusReason}: ${message.slice(0, 200)}`;
}

function labelOf(instance: Instance | undefined): string {
  return instance?.label ?? '';
}
