// Routes that tell hosts what their machines earned. Days count from 1970, as the official client sends them, and both
// ends belong to the range.
import { DAY_MS } from '../../base/std/index.ts';
import type { Account } from '../accounts/account.ts';
import { ApiError } from '../api/api-error.ts';
import { numberOf } from '../api/read-body.ts';
import { jsonReply } from '../api/replies.ts';
import type { Call, Route } from '../api/route.ts';
import type { Billing, DayEarnings } from '../billing/billing.ts';
import type { Hosts } from './hosts.ts';
import { ownerIdOf } from './owner-id.ts';

export interface EarningsRouteDeps {
  readonly hosts: Hosts;
  readonly billing: Billing;
}

const DEFAULT_DAYS = 30;

export function earningsRoutes(deps: EarningsRouteDeps): readonly Route[] {
  const shape = { method: 'GET', scope: 'billing_read' } as const;
  return [
    {
      ...shape,
      path: '/api/v0/users/:user/machine-earnings',
      summary: 'What the machines of a host earned, by machine and by day.',
      intervalSec: 2,
      handle(call: Call) {
        const { account } = call.caller;
        if (call.params.user !== 'me' && call.params.user !== String(account.id))
          throw new ApiError(403, 'not_authorized', 'These are not your own machines.');
        return jsonReply(report(deps, call));
      },
    },
    {
      ...shape,
      path: '/api/v0/user/earnings',
      summary: 'The same for the last 30 days, without the days.',
      handle: (call: Call) => {
        const { per_day: _, ...rest } = report(deps, call);
        return jsonReply({ success: true, ...rest });
      },
    },
    {
      ...shape,
      path: '/api/v0/user/earnings/data',
      summary: 'The same by day only.',
      handle: (call: Call) => jsonReply({ success: true, per_day: report(deps, call).per_day }),
    },
  ];
}

function report({ hosts, billing }: EarningsRouteDeps, { caller, query, nowMs }: Call) {
  const { account } = caller;
  if (account.role !== 'host') throw new ApiError(401, 'not_authorized', 'This endpoint is for hosts.');
  const values = Object.fromEntries([...query].filter(([, value]) => value !== 'null' && value !== ''));
  const machineId = numberOf(values, 'machid');
  // What it earned stays with who had it then, also when it is somebody else's now.
  if (machineId !== undefined && !hadOnce(hosts, account, machineId)) hosts.owned(account, machineId);
  const today = Math.floor(nowMs / DAY_MS);
  const lastDays = numberOf(values, 'last_days') ?? DEFAULT_DAYS;
  const firstDay = Math.floor(numberOf(values, 'sday') ?? today - lastDays + 1);
  const lastDay = Math.floor(numberOf(values, 'eday') ?? today);
  const days =
    lastDay < firstDay
      ? []
      : billing.earnings({
          hostId: ownerIdOf(account),
          ...(machineId !== undefined && { machineId }),
          fromMs: firstDay * DAY_MS,
          toMs: Math.min((lastDay + 1) * DAY_MS, nowMs),
        });
  const total = sum(days);
  return {
    summary: {
      total_gpu: total.gpu_earn,
      total_stor: total.sto_earn,
      total_bwu: total.bwu_earn,
      total_bwd: total.bwd_earn,
    },
    ...address(account),
    current: current(billing, account, nowMs),
    per_machine: grouped(days, (each) => each.machineId).map(([id, list]) => ({
      machine_id: id,
      ...sum(list),
    })),
    per_day: grouped(days, (each) => each.day).map(([day, list]) => ({ day, ...sum(list) })),
  };
}

function hadOnce(hosts: Hosts, account: Account, machineId: number): boolean {
  const owners = hosts.machineById(machineId)?.ownerLog ?? [];
  return owners.some(({ ownerId }) => ownerId === ownerIdOf(account));
}

function address({ username, email }: Account) {
  const nothing = { address1: '', address2: '', city: '', zip: '', country: '', taxinfo: '' };
  return { username, email, fullname: '', ...nothing };
}

function current(billing: Billing, account: Account, nowMs: number) {
  const balance = billing.balanceUsd(account, nowMs);
  return { balance, service_fee: 0, total: balance, credit: billing.creditUsd(account, nowMs) };
}

function sum(days: readonly DayEarnings[]) {
  const of = (kind: keyof DayEarnings['usd']) => days.reduce((total, { usd }) => total + usd[kind], 0);
  return { gpu_earn: of('gpu'), sto_earn: of('disk'), bwu_earn: of('bwu'), bwd_earn: of('bwd') };
}

function grouped(
  days: readonly DayEarnings[],
  keyOf: (each: DayEarnings) => number,
): readonly (readonly [number, readonly DayEarnings[]])[] {
  const groups = new Map<number, DayEarnings[]>();
  for (const each of days) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return [...groups].sort(([a], [b]) => a - b);
}
