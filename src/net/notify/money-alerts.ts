// Alerts about money, from plain figures: caps, the credit's end, a price that rises.
import { assert, HOUR_MS } from '../../base/std/index.ts';
import type { Alert } from './alert.ts';
import { nextLocalMinute } from './local-time.ts';
import {
  type AlertContext,
  clockTime,
  command,
  hoursOrDays,
  known,
  type MachineFigures,
  machineName,
  machines,
  money,
  perHour,
} from './phrases.ts';

export interface CapFigures {
  /** `day`, `account`, `job train-7`: which cap, as `vd budget` names it. */
  readonly cap: string;
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly limitUsd: number;
  /** When it begins anew; undefined for one that never does. */
  readonly resetsAtMs: number | undefined;
}

/** From this share of a cap on, its owner is told. */
export const CAP_WARNING_RATIO = 0.8;

/** Undefined below 80 %; `cap-80` from there, `cap-reached` when nothing is left. */
export function capAlert(figures: CapFigures, context: AlertContext): Alert | undefined {
  const { cap, spentUsd, reservedUsd, limitUsd, resetsAtMs } = figures;
  const usedUsd = spentUsd + reservedUsd;
  // A cap of nothing is reached by intent: it says "do not spend".
  if (limitUsd <= 0 || usedUsd < limitUsd * CAP_WARNING_RATIO) return undefined;
  const isReached = usedUsd >= limitUsd;
  const percent = Math.floor((usedUsd / limitUsd) * 100);
  const reset = resetsAtMs === undefined ? '' : ` It begins anew at ${clockTime(resetsAtMs, context)}.`;
  return {
    key: `${isReached ? 'cap-reached' : 'cap-80'}:${cap}`,
    kind: isReached ? 'cap-reached' : 'cap-80',
    severity: isReached ? 'critical' : 'warning',
    title: isReached
      ? `The cap "${cap}" of ${money(limitUsd)} is reached`
      : `${percent} % of the cap "${cap}" of ${money(limitUsd)} is used`,
    body: `${money(spentUsd)} spent and ${money(reservedUsd)} reserved of ${money(limitUsd)}; ${money(Math.max(0, limitUsd - usedUsd))} left.${isReached ? ' Nothing more is rented under it, and what runs ends when its reservation does.' : ''}${reset}`,
    figures: {
      cap,
      spentUsd,
      reservedUsd,
      limitUsd,
      usedRatio: usedUsd / limitUsd,
      resetsAtMs: known(resetsAtMs),
    },
    atMs: context.atMs,
    actions: [command('see all caps', 'vd budget'), command('see where it went', 'vd cost --by job')],
  };
}

export interface CreditFigures {
  readonly creditUsd: number;
  /** What everything on the account burns now; above 0. */
  readonly usdPerHour: number;
  readonly machines: number;
}

/** When somebody is awake to pay. */
const MORNING_MINUTE = 8 * 60;
/** Below this it cannot wait. */
const RUNWAY_CRITICAL_MS = 6 * HOUR_MS;

/** How long the credit lasts, and the sum that carries everything to 08:00 of the next morning. */
export function creditRunwayAlert(figures: CreditFigures, context: AlertContext): Alert {
  const { creditUsd, usdPerHour } = figures;
  assert(usdPerHour > 0, `A burn of ${usdPerHour} $/h has no runway`);
  const leftMs = (Math.max(0, creditUsd) / usdPerHour) * HOUR_MS;
  const emptyAtMs = context.atMs + leftMs;
  const morningAtMs = nextLocalMinute(context.atMs, MORNING_MINUTE, context.timeZone ?? 'UTC');
  // Up to the next cent: a sum a little short would not reach.
  const missingUsd =
    Math.ceil(Math.max(0, (usdPerHour * (morningAtMs - context.atMs)) / HOUR_MS - creditUsd) * 100 - 1e-6) /
    100;
  const morning = clockTime(morningAtMs, context);
  return {
    key: 'credit-runway',
    kind: 'credit-runway',
    severity: leftMs < RUNWAY_CRITICAL_MS ? 'critical' : 'warning',
    title: leftMs > 0 ? `The credit lasts ${hoursOrDays(leftMs)} more` : 'The credit is used up',
    body: `${money(creditUsd)} left, ${machines(figures.machines)} at ${perHour(usdPerHour)}: empty at ${clockTime(emptyAtMs, context)}; Vast.ai then stops every machine. ${
      missingUsd > 0 ? `${money(missingUsd)} more reach ${morning}.` : `It reaches ${morning}.`
    } Pay at https://cloud.vast.ai/billing/`,
    figures: {
      creditUsd,
      usdPerHour,
      machines: figures.machines,
      hoursLeft: leftMs / HOUR_MS,
      emptyAtMs: Math.round(emptyAtMs),
      morningAtMs,
      sumToMorningUsd: missingUsd,
    },
    atMs: context.atMs,
    actions: [command('see what burns', 'vd ps'), command('see what burns for nothing', 'vd audit')],
  };
}

export interface PriceIncreaseFigures extends MachineFigures {
  readonly key: string;
  readonly oldUsdPerHour: number;
  readonly newUsdPerHour: number;
  readonly effectiveAtMs: number | undefined;
}

export function priceIncreaseAlert(figures: PriceIncreaseFigures, context: AlertContext): Alert {
  const { key, ref, oldUsdPerHour, newUsdPerHour, effectiveAtMs } = figures;
  const when = effectiveAtMs === undefined ? 'soon' : `at ${clockTime(effectiveAtMs, context)}`;
  const share = oldUsdPerHour > 0 ? ` (${Math.round((newUsdPerHour / oldUsdPerHour - 1) * 100)} % more)` : '';
  return {
    // Another rise is another condition.
    key: `price-increase:${key}:${newUsdPerHour}`,
    kind: 'price-increase',
    severity: 'warning',
    title: `${ref} will cost ${perHour(newUsdPerHour)} instead of ${perHour(oldUsdPerHour)}`,
    body: `${machineName(figures)}: the host raises the price ${when}${share}.`,
    figures: {
      instanceId: known(figures.instanceId),
      oldUsdPerHour,
      newUsdPerHour,
      effectiveAtMs: known(effectiveAtMs),
    },
    atMs: context.atMs,
    actions: [command('compare the market', 'vd offers'), command('destroy it', 'vd rm', ref)],
  };
}
