// What machines earn their hosts: the platform's share taken off what accounts pay, and off what the simulated crowd
// pays for its rentals.
import { HOST_SHARE } from '../market/calibration.ts';
import type { Machine, World } from '../market/world.ts';
import type { Line } from './account-book.ts';
import type { ChargeKind, DayEarnings, EarningsFilter } from './billing.ts';
import { createCrowdRevenue, type Revenue } from './crowd-revenue.ts';
import { type Amount, NOTHING, overTime, plus, rateOf, shareOf, usdOf } from './exact-amount.ts';

export interface EarningsDeps {
  readonly linesOf: (accountId: undefined, fromMs: number, toMs: number) => Line[];
  readonly world: World | undefined;
}

export interface Earnings {
  readonly byDay: (filter: EarningsFilter) => readonly DayEarnings[];
  /** All kinds and machines of a host, within (fromMs, toMs]. */
  readonly total: (hostId: number, fromMs: number, toMs: number) => Amount;
}

/** With the one who owned the machine then. */
interface OwnedRevenue extends Revenue {
  readonly hostId: number;
}

interface OwnersDay {
  readonly hostId: number;
  readonly machineId: number;
  readonly day: number;
  readonly sums: Record<ChargeKind, Amount>;
}

const DAY_MS = 86_400_000;

export function createEarnings({ linesOf, world }: EarningsDeps): Earnings {
  const crowd = world && createCrowdRevenue(world);
  const machines = new Map(world?.machines.map((machine) => [machine.machineId, machine]));

  const revenues = (filter: EarningsFilter): OwnedRevenue[] => {
    const isHosts = (ownerId: number) => filter.hostId === undefined || ownerId === filter.hostId;
    const isWanted = (machineId: number) =>
      (filter.machineId === undefined || machineId === filter.machineId) &&
      (machines.get(machineId)?.ownerLog ?? []).some(({ ownerId }) => isHosts(ownerId));
    const fromAccounts = linesOf(undefined, filter.fromMs, filter.toMs)
      .filter(({ machineId }) => isWanted(machineId))
      .map(revenueOf);
    const candidates = filter.machineId === undefined ? [...machines.keys()] : [filter.machineId];
    const fromCrowd = candidates
      .filter(isWanted)
      .flatMap((machineId) => crowd?.stretches(machineId, filter.fromMs, filter.toMs) ?? []);
    return [...fromAccounts, ...fromCrowd]
      .flatMap((revenue) => byOwner(revenue, machines.get(revenue.machineId)?.ownerLog ?? []))
      .filter(({ hostId }) => isHosts(hostId));
  };

  return {
    byDay(filter) {
      const days = new Map<string, OwnersDay>();
      for (const revenue of revenues(filter)) {
        for (const { day, amount } of byDays(revenue)) {
          const { hostId, machineId } = revenue;
          const name = `${hostId} ${machineId} ${day}`;
          const found = days.get(name) ?? { hostId, machineId, day, sums: nothing() };
          found.sums[revenue.kind] = plus(found.sums[revenue.kind], amount);
          days.set(name, found);
        }
      }
      return [...days.values()]
        .sort((a, b) => a.machineId - b.machineId || a.day - b.day || a.hostId - b.hostId)
        .map(({ hostId, machineId, day, sums }) => ({
          hostId,
          machineId,
          day,
          usd: {
            gpu: earnedUsd(sums.gpu),
            disk: earnedUsd(sums.disk),
            bwd: earnedUsd(sums.bwd),
            bwu: earnedUsd(sums.bwu),
          },
        }));
    },
    total: (hostId, fromMs, toMs) =>
      shareOf(
        revenues({ hostId, fromMs, toMs }).reduce((sum, { amount }) => plus(sum, amount), NOTHING),
        HOST_SHARE,
      ),
  };
}

function nothing(): Record<ChargeKind, Amount> {
  return { gpu: NOTHING, disk: NOTHING, bwd: NOTHING, bwu: NOTHING };
}

function earnedUsd(amount: Amount): number {
  return usdOf(shareOf(amount, HOST_SHARE));
}

function revenueOf({ machineId, kind, fromMs, toMs, price, exact }: Line): Revenue {
  return { machineId, kind, fromMs, toMs, rate: rateOf(price), amount: exact };
}

/** Cut where the machine came into other hands; a moment is the one's who had it then. */
function byOwner(revenue: Revenue, owners: Machine['ownerLog']): OwnedRevenue[] {
  const { fromMs, toMs, rate } = revenue;
  if (fromMs === toMs || owners.length === 1) {
    const owner = owners.findLast((each) => each.fromMs <= toMs);
    return owner ? [{ ...revenue, hostId: owner.ownerId }] : [];
  }
  return owners.flatMap(({ fromMs: sinceMs, ownerId }, index) => {
    const from = Math.max(fromMs, sinceMs);
    const to = Math.min(toMs, owners[index + 1]?.fromMs ?? toMs);
    if (from >= to) return [];
    return [{ ...revenue, hostId: ownerId, fromMs: from, toMs: to, amount: overTime(rate, to - from) }];
  });
}

/** A moment belongs to the day before it when it is midnight, like the last millisecond of a stretch. */
function byDays({ fromMs, toMs, rate, amount }: Revenue): { day: number; amount: Amount }[] {
  if (fromMs === toMs) return [{ day: Math.ceil(toMs / DAY_MS) - 1, amount }];
  const parts: { day: number; amount: Amount }[] = [];
  for (let from = fromMs; from < toMs; ) {
    const day = Math.floor(from / DAY_MS);
    const to = Math.min(toMs, (day + 1) * DAY_MS);
    parts.push({ day, amount: overTime(rate, to - from) });
    from = to;
  }
  return parts;
}
