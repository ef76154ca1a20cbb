// What goes over the line of a job's machine: read once a minute, and when it is about to pass what was set aside for it,
// more is asked of the ledger. So the budget is kept by a machine that downloads without end, too.
import { type MicroUsd, microUsd } from '../../../base/std/index.ts';
import type { Rental } from '../../rental/index.ts';
import type { JobAttempt, JobRecord } from '../records/index.ts';
import type { JobPolicy, LedJob } from './context.ts';
import type { Placed } from './run-end.ts';
import type { Workplace } from './workplaces.ts';

/** Larger images are rare; they are pulled before anybody can look. */
const IMAGE_GB = 15;
const BYTES_PER_GB = 1e9;
/** Beside the files of runs. What was carried until the last look, and the counters then: they begin anew with a restart. */
const FILE = '.vastdeck/traffic';
const ANSWER_MS = 60_000;

/** Gigabytes of 10⁹ bytes each way that a machine of the job may carry before more is asked for. */
export function trafficCapGb(job: JobRecord['job'], policy: Pick<JobPolicy, 'trafficGb'>): number {
  return policy.trafficGb + (job.image === undefined ? 0 : IMAGE_GB);
}

export interface Covered {
  readonly record: JobRecord;
  readonly attempt: JobAttempt;
  /** Why no more is set aside. */
  readonly denied?: string;
}

interface Carried {
  readonly down: number;
  readonly up: number;
}

/**
 * Sets more aside where `extraGb`, or what the last minute carried, would pass it. Returns the attempt as it is then,
 * and why it was denied.
 */
export async function coverTraffic(
  led: LedJob,
  record: JobRecord,
  { attempt, instanceId }: Placed,
  rental: Rental,
  { extraGb = 0 }: { readonly extraGb?: number } = {},
): Promise<Covered> {
  const { workplaces, traffic, policy, ledger, change, log, signal } = led;
  if (!traffic.isDue() && extraGb === 0) return { record, attempt };
  const carried = await readTraffic(workplaces.of(instanceId), signal);
  // A machine that does not tell is left to what was set aside.
  if (!carried) return { record, attempt };
  const gb = Math.max(carried.down, carried.up) / BYTES_PER_GB;
  const wantedGb = gb + Math.max(extraGb, traffic.grewBy(instanceId, gb));
  const setAsideGb = attempt.trafficGb ?? trafficCapGb(record.job, policy);
  if (wantedGb <= setAsideGb || rental.reservationId === undefined) return { record, attempt };
  const open = await ledger.listOpenReservations();
  const present = open.find(({ reservation }) => reservation.id === rental.reservationId)?.reservation;
  if (!present || !rental.terms) return { record, attempt };
  const moreGb = Math.max(policy.trafficGb, Math.ceil(wantedGb - setAsideGb));
  const { downloadPricePerGb, uploadPricePerGb } = rental.terms;
  const more = microUsd((downloadPricePerGb + uploadPricePerGb) * moreGb);
  const raised = await ledger.raise(present.id, (present.intent.worstCost + more) as MicroUsd);
  if (raised.kind === 'denied') {
    const reason = `it has carried ${gb.toFixed(1)} GB, and more is not covered: ${raised.reason}`;
    return { record, attempt, denied: reason };
  }
  log.info('more traffic of a job was set aside', { job: record.id, gb, moreGb });
  const grown = { ...attempt, trafficGb: Math.ceil(setAsideGb + moreGb) };
  const next = await change(
    record,
    {},
    { attempt: grown, data: { carriedGb: gb, trafficGb: grown.trafficGb } },
  );
  return { record: next, attempt: grown };
}

/** Undefined where the system does not tell. */
async function readTraffic({ target }: Workplace, signal: AbortSignal): Promise<Carried | undefined> {
  await using shell = await target.open({ signal });
  const limits = { signal, timeoutMs: ANSWER_MS };
  const script = `cat /proc/net/dev 2>/dev/null; echo ---; cat ${FILE} 2>/dev/null; true`;
  const [counters = '', kept = ''] = (await shell.exec(script, limits)).stdout.split('---\n');
  const now = sumOf(counters);
  if (!now) return undefined;
  const words = kept.trim().split(' ').map(Number);
  const isKept = words.length === 4 && words.every(Number.isFinite);
  const [down = 0, up = 0, lastDown = 0, lastUp = 0] = isKept ? words : [0, 0, now.down, now.up];
  const carried = { down: down + grownBy(lastDown, now.down), up: up + grownBy(lastUp, now.up) };
  const told = [carried.down, carried.up, now.down, now.up].join(' ');
  await shell.exec(`mkdir -p .vastdeck && echo ${told} > ${FILE}.new && mv -f ${FILE}.new ${FILE}`, limits);
  return carried;
}

function grownBy(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/** Of all interfaces but the loopback; undefined where there are none. */
export function sumOf(counters: string): Carried | undefined {
  const lines = counters.split('\n').flatMap((line) => {
    const [, name = '', figures = ''] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    const [down, , , , , , , , up] = figures.trim().split(/\s+/).map(Number);
    return name === '' || name === 'lo' || down === undefined || up === undefined ? [] : [{ down, up }];
  });
  if (lines.length === 0) return undefined;
  return lines.reduce((sum, { down, up }) => ({ down: sum.down + down, up: sum.up + up }));
}
