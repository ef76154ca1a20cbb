// `vastdeck budget`: every cap and limit with what is left under it, and setting and removing them. Needs no network.
import { formatDuration, formatIso, formatUsd } from '../../../base/std/index.ts';
import type { CapRow, LimitRequest, LimitRow } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readDuration, readInteger, readText } from '../flags.ts';
import { readDollars, readLimitType, readWindow } from '../ledger-words.ts';
import type { Column, Row } from '../output/column.ts';

const money = (value: unknown) => formatUsd(Number(value));
const day = (value: unknown) => String(value).slice(0, 10);

const CAP_COLUMNS: readonly Column[] = [
  { name: 'kind' },
  { name: 'name', title: 'on', isWhole: true },
  { name: 'window' },
  { name: 'limit_usd', title: 'cap', format: money },
  { name: 'spent_usd', title: 'spent', format: money },
  { name: 'reserved_usd', title: 'reserved', format: money },
  { name: 'left_usd', title: 'left', format: money },
  { name: 'rule', isProse: true, importance: 2 },
  { name: 'set_by', importance: 1 },
  { name: 'set_at', format: day, importance: 0 },
];

export async function showBudget(context: Context, flags: Flags): Promise<void> {
  const { terminal } = context;
  await using api = await openApi(context);
  const { caps, limits, open, halt } = await api.client.budget();
  context.print([...caps.map(capRow), ...limits.map(limitRow)], CAP_COLUMNS, flags);
  const acts = open.acts === 1 ? 'act that is' : 'acts that are';
  terminal.err(`${formatUsd(open.heldUsd)} are set aside for ${open.acts} ${acts} under way.\n`);
  if (caps.length === 0) {
    terminal.err(
      'No cap is set, so nothing limits spending but each plan: vastdeck budget set total month 100\n',
    );
  }
  if (halt.isHalted) {
    terminal.err(
      `All spending is halted since ${formatIso(halt.sinceMs ?? 0)} by ${halt.by}: ${halt.reason}. "vastdeck resume" ends that.\n`,
    );
  }
}

function capRow(cap: CapRow): Row {
  return {
    kind: 'cap',
    name: cap.whose,
    window: cap.window,
    limit_usd: cap.limitUsd,
    spent_usd: cap.spentUsd,
    reserved_usd: cap.reservedUsd,
    left_usd: cap.leftUsd,
    rule: '',
    set_by: cap.setBy,
    set_at: formatIso(cap.setAtMs),
  };
}

function limitRow({ name, type, limit, enforce, timeWindowMs, whose, setBy, setAtMs }: LimitRow): Row {
  const isActs = type === 'frequency';
  const what = isActs ? `${limit} acts` : formatUsd(limit);
  return {
    kind: 'limit',
    name,
    window: timeWindowMs === 0 ? '' : formatDuration(timeWindowMs),
    limit_usd: isActs ? null : limit,
    rule: `${type} of ${whose}: at most ${what}${enforce ? '' : '; only warns'}`,
    set_by: setBy,
    set_at: formatIso(setAtMs),
  };
}

export async function setBudget(context: Context, words: readonly [string, string, string]): Promise<void> {
  const { terminal } = context;
  const [whose, span, dollars] = words;
  const window = readWindow(span);
  const limitUsd = readDollars('the cap', dollars);
  await using api = await openApi(context);
  const cap = await api.client.setCap({ whose, window, limitUsd });
  terminal.err(
    `${cap.whose}/${window} is capped at ${formatUsd(cap.limitUsd)}: ${formatUsd(cap.spentUsd)} spent and ${formatUsd(cap.reservedUsd)} reserved of it, ${formatUsd(cap.leftUsd)} left.\n`,
  );
  // To the micro-dollar: sums of dollars are not exact.
  if (Math.round((cap.spentUsd + cap.reservedUsd - cap.limitUsd) * 1e6) > 0) {
    terminal.err(
      'That is less than what is spent and reserved already: nothing more is rented under it, and what runs goes on to its prepaid end ("vastdeck ps").\n',
    );
  }
}

export async function removeBudget(context: Context, whose: string, span: string): Promise<void> {
  const window = readWindow(span);
  await using api = await openApi(context);
  const { removed } = await api.client.removeCap({ whose, window });
  context.terminal.err(`The cap ${removed} is removed.\n`);
}

/** What is left out stays as it is; a new limit needs its type. */
export async function setLimit(context: Context, name: string, figure: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  await using api = await openApi(context);
  const before = (await api.client.budget()).limits.find((limit) => limit.name === name);
  const type = flags.type === undefined ? before?.type : readLimitType(flags.type);
  if (type === undefined) {
    throw new UsageError(
      `There is no limit ${name} yet, so it needs a type: vastdeck budget limit set ${name} ${figure} --type daily-loss --window 1d`,
    );
  }
  const row = limitRow(
    await api.client.setLimit(name, {
      type,
      limit:
        type === 'frequency'
          ? readInteger('the number of acts', figure.replace(/\.0+$/, ''), { example: 10 })
          : readDollars('the limit', figure),
      enforce: flags.warn === true ? false : flags.enforce === true ? true : (before?.enforce ?? true),
      timeWindowMs:
        flags.window === undefined
          ? (before?.timeWindowMs ?? windowOf(type))
          : readDuration('--window', flags.window),
      whose: flags.of === undefined ? (before?.whose ?? 'total') : (readText(flags.of) ?? ''),
    }),
  );
  terminal.err(
    `The limit ${name} is set: ${String(row.rule)}${row.window === '' ? '' : `, in ${String(row.window)}`}.\n`,
  );
}

function windowOf(type: LimitRequest['type']): number {
  const dayMs = 24 * 3_600_000;
  return type === 'daily-loss' || type === 'frequency' ? dayMs : 0;
}

export async function removeLimit(context: Context, name: string): Promise<void> {
  await using api = await openApi(context);
  const { removed } = await api.client.removeLimit(name);
  context.terminal.err(`The limit ${removed} is removed.\n`);
}
