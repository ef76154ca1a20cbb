// What `vastdeck ps` prints: rows for a screen and for programs, and the foot that says what burns and how old it is. Pure.
import { formatDuration, formatIso, formatUsd } from '../../../base/std/index.ts';
import type { InstanceRow, InstancesAnswer } from '../../http/protocol.ts';
import type { Column, Row } from './column.ts';
import { plural } from './number.ts';

const dollars = (value: unknown) => formatUsd(Number(value));

export const PS_SCREEN: readonly Column[] = [
  { name: 'name' },
  { name: 'gpu', isWhole: true },
  { name: 'state', isWhole: true },
  { name: 'usd_per_hour', title: '$/h', format: dollars },
  { name: 'disk_usd_per_month', title: 'disk $/month', format: dollars, importance: 2 },
  { name: 'idle', title: 'GPU idle', importance: 5 },
  { name: 'last_ssh', title: 'last SSH', importance: 3 },
  { name: 'contract_end', title: 'contract ends', importance: 1 },
  { name: 'made_by', title: 'made by', isWhole: true, importance: 4 },
  { name: 'verdict', isWhole: true },
  { name: 'id', importance: 6 },
];

export function screenRow(row: InstanceRow, nowMs: number): Row {
  const since = (atMs: number | null) => (atMs === null ? null : formatDuration(Math.max(0, nowMs - atMs)));
  const contractMs = row.contractEndMs === null ? null : row.contractEndMs - nowMs;
  return {
    id: row.id,
    name: row.ref,
    gpu: row.gpu,
    state: row.state,
    usd_per_hour: row.usdPerHour,
    disk_usd_per_month: row.diskUsdPerMonth,
    idle: since(row.idleSinceMs),
    last_ssh: row.lastSshMs === null ? null : `${since(row.lastSshMs)} ago`,
    contract_end: contractMs === null ? null : contractMs <= 0 ? 'over' : `in ${formatDuration(contractMs)}`,
    made_by: row.madeBy,
    verdict: row.verdict,
  };
}

export const PS_DATA: readonly Column[] = [
  'id',
  'name',
  'rental',
  'gpu',
  'state',
  'state_since',
  'usd_per_hour',
  'disk_usd_per_month',
  'idle_since',
  'last_ssh_at',
  'contract_end',
  'made_by',
  'is_ours',
  'verdict',
  'why',
  'paid_until',
  'destroy_after',
  'view_age_s',
  'view_complete',
].map((name) => ({ name }));

export function dataRow(row: InstanceRow, foot: InstancesAnswer): Row {
  const time = (atMs: number | null) => (atMs === null ? null : formatIso(atMs));
  return {
    id: row.id,
    name: row.name,
    rental: row.rentalId,
    gpu: row.gpu,
    state: row.state,
    state_since: time(row.stateSinceMs),
    usd_per_hour: row.usdPerHour,
    disk_usd_per_month: row.diskUsdPerMonth,
    idle_since: time(row.idleSinceMs),
    last_ssh_at: time(row.lastSshMs),
    contract_end: time(row.contractEndMs),
    made_by: row.madeBy,
    is_ours: row.isOurs,
    verdict: row.verdict,
    why: row.why,
    paid_until: time(row.paidUntilMs),
    destroy_after: time(row.destroyAfterMs),
    view_age_s: foot.viewAgeMs === null ? null : Math.round(foot.viewAgeMs / 1_000),
    view_complete: foot.isViewComplete,
  };
}

/** Verdicts that want somebody to act. */
const LOUD: readonly string[] = ['idle', 'forgotten?', 'red', 'lost', 'parked'];

export function footOf(foot: InstancesAnswer, nowMs: number): readonly string[] {
  const lines: string[] = [];
  const { instances: rows } = foot;
  if (rows.length === 0) {
    lines.push('Nothing is rented on this account. "vastdeck offers" shows what there is to rent.');
  }
  for (const row of rows) {
    if (LOUD.includes(row.verdict))
      lines.push(`${row.ref}: ${row.verdict}: ${row.why}.${remedyOf(row, nowMs)}`);
  }
  const unpriced = foot.unpriced > 0 ? ` and ${plural(foot.unpriced, 'instance')} at unknown prices` : '';
  const spent = foot.spentTodayUsd === null ? '' : ` · spent today ${formatUsd(foot.spentTodayUsd)}`;
  const lasts =
    foot.creditEndsAtMs === null
      ? ''
      : `, which lasts until ${formatIso(Math.floor(foot.creditEndsAtMs / 60_000) * 60_000)} at this rate`;
  const credit =
    foot.creditUsd === null ? ' · credit not asked yet' : ` · credit ${formatUsd(foot.creditUsd)}${lasts}`;
  lines.push(`Burns ${formatUsd(foot.burnPerHour)}/h${unpriced}${spent}${credit}`);
  const age = foot.viewAgeMs === null ? 'never listed' : `listed ${formatDuration(foot.viewAgeMs)} ago`;
  const doubt = foot.isViewComplete ? 'complete' : `the last try was not complete (${foot.viewReason})`;
  lines.push(`As ${age}, ${doubt}. "vastdeck ps --refresh" looks again.`);
  return lines;
}

function remedyOf({ verdict, isOurs, ref, destroyAfterMs, id }: InstanceRow, nowMs: number): string {
  if (destroyAfterMs !== null) {
    const left = destroyAfterMs - nowMs;
    const when =
      left > 0 ? `in ${formatDuration(left)}` : 'as soon as somebody looks ("vastdeck ps --refresh")';
    return ` Destroyed ${when}; "vastdeck undo ${ref}" takes it back.`;
  }
  switch (verdict) {
    case 'idle':
    case 'forgotten?':
      return ` "vastdeck stop ${ref}" stops it, "vastdeck rm ${ref}" ends it.`;
    case 'parked':
      return isOurs
        ? ` "vastdeck start ${ref}" starts it, "vastdeck rm ${ref}" ends it.`
        : ` "vastdeck start ${ref}" starts it, "vastdeck rm ${id} --foreign" ends it.`;
    default:
      return ` "vastdeck why ${ref}" tells more.`;
  }
}
