// Whether an act may cost what it may cost: pure, from figures to a verdict with a sentence.
import { assertNever, formatDuration, HOUR_MS, type MicroUsd } from '../std/index.ts';
import { dollarsUp, exactUsd } from './amounts.ts';
import { capCommand, capWords } from './caps.ts';
import type { CapFigures, LimitFigures } from './figures.ts';
import { limitCommand } from './limits.ts';
import { capId, scopeWords } from './scopes.ts';
import type { Cap, LimitRow } from './types.ts';

/** What is asked for. */
export interface Demand {
  readonly kind: string;
  /** On top of what is reserved for it already. */
  readonly extra: MicroUsd;
  readonly ratePerHour: MicroUsd;
  /** False when the act goes on: it then does not count in a frequency. */
  readonly isNewAct: boolean;
}

export interface Refusal {
  readonly limit: string;
  readonly reason: string;
}

/** Undefined when the cap allows it. A cap may be reached, not passed. */
export function judgeCap(
  { kind, extra }: Pick<Demand, 'kind' | 'extra'>,
  cap: Cap,
  { spent, reserved }: Pick<CapFigures, 'spent' | 'reserved'>,
): Refusal | undefined {
  const needed = (spent + reserved + extra) as MicroUsd;
  if (needed <= cap.limit) return undefined;
  const left = Math.max(0, cap.limit - spent - reserved) as MicroUsd;
  return {
    limit: `cap ${capId(cap)}`,
    reason: `This ${kind} may cost up to ${exactUsd(extra)}, but the ${capWords(cap)} has ${exactUsd(left)} left (${exactUsd(spent)} spent, ${exactUsd(reserved)} reserved); ask for less, wait for reservations to end, or raise it with: ${capCommand(cap, dollarsUp(needed))}`,
  };
}

/** Undefined when the limit allows it. */
export function judgeLimit(
  demand: Demand,
  limit: LimitRow,
  figures: LimitFigures,
  nowMs: number,
): Refusal | undefined {
  const passed = measure(demand, limit, figures, nowMs);
  if (passed === undefined) return undefined;
  const figure = limit.type === 'frequency' ? String(passed.needed) : dollarsUp(passed.needed as MicroUsd);
  return {
    limit: `limit ${limit.name}`,
    reason: `This ${demand.kind} would pass the limit ${limit.name} (${limit.type}) on ${scopeWords(limit.of)}: ${passed.words}; raise it with: ${limitCommand(limit.name, figure)}`,
  };
}

/** What the limit would have to be, with the figures in words; undefined when it is that already. */
function measure(
  { extra, ratePerHour, isNewAct }: Demand,
  { type, limit, timeWindowMs }: LimitRow,
  figures: LimitFigures,
  nowMs: number,
): { readonly needed: number; readonly words: string } | undefined {
  const { spent, earned, reserved, drawdown, actsAtMs } = figures;
  const money = (amount: number) => exactUsd(amount as MicroUsd);
  const within = (needed: number, words: string) => (needed <= limit ? undefined : { needed, words });
  const window = formatDuration(timeWindowMs);
  switch (type) {
    case 'daily-loss':
      return within(
        spent - earned + reserved + extra,
        `${money(spent)} spent and ${money(earned)} earned in the last ${window}, ${money(reserved)} reserved and up to ${money(extra)} more, where the loss may be ${money(limit)}`,
      );
    case 'frequency': {
      const freeAtMs = (actsAtMs[actsAtMs.length - limit] ?? nowMs) + timeWindowMs;
      return within(
        isNewAct ? actsAtMs.length + 1 : 0,
        `${actsAtMs.length} acts were begun in the last ${window}, where ${limit} may be${limit > 0 ? `, the next in ${formatDuration(freeAtMs - nowMs)}` : ''}`,
      );
    }
    case 'exposure': {
      const perHour = figures.ratePerHour + ratePerHour;
      const atRate = Math.ceil((perHour * timeWindowMs) / HOUR_MS);
      const rate = timeWindowMs > 0 ? ` and ${money(atRate)} for ${window} at ${money(perHour)} an hour` : '';
      return within(
        reserved + extra + atRate,
        `${money(reserved)} reserved, up to ${money(extra)} more${rate}, where ${money(limit)} may be at risk at once`,
      );
    }
    case 'drawdown':
      return within(
        drawdown + reserved + extra,
        `the balance is ${money(drawdown)} below its highest point, with ${money(reserved)} reserved and up to ${money(extra)} more, where ${money(limit)} may be lost from it`,
      );
    default:
      return assertNever(type, 'type of limit');
  }
}
