// `vastdeck budget`: every cap and limit with what is left under it, and setting and removing them. Needs no network.
import {
  type BudgetRow,
  type CapKey,
  capId,
  type Limit,
  type LimitRow,
  scopeId,
} from '../../../base/ledger/index.ts';
import { formatDuration, formatIso, formatUsd, type MicroUsd, usd } from '../../../base/std/index.ts';
import { actingPerson } from '../acting-person.ts';
import type { Context } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Flags, readDuration, readInteger, readText } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { readDollars, readLimitType, readScope, readWindow } from '../ledger-words.ts';
import type { Column, Row } from '../output/column.ts';
import { openBooksHere } from '../renting-session.ts';

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
  await using books = await openBooksHere(context);
  const { ledger } = books;
  const caps = await ledger.budget();
  const limits = await ledger.limits();
  const open = await ledger.listOpenReservations();
  const halt = await ledger.haltState();
  context.print([...caps.map(capRow), ...limits.map(limitRow)], CAP_COLUMNS, flags);
  const held = open.reduce((sum, { held: each }) => sum + each, 0) as MicroUsd;
  const acts = open.length === 1 ? 'act that is' : 'acts that are';
  terminal.err(`${formatUsd(usd(held))} are set aside for ${open.length} ${acts} under way.\n`);
  if (caps.length === 0) {
    terminal.err(
      'No cap is set, so nothing limits spending but each plan: vastdeck budget set total month 100\n',
    );
  }
  if (halt.kind === 'halted') {
    terminal.err(
      `All spending is halted since ${formatIso(halt.sinceMs)} by ${halt.by}: ${halt.reason}. "vastdeck resume" ends that.\n`,
    );
  }
}

function capRow(cap: BudgetRow): Row {
  return {
    kind: 'cap',
    name: scopeId(cap),
    window: cap.window,
    limit_usd: usd(cap.limit),
    spent_usd: usd(cap.spent),
    reserved_usd: usd(cap.reserved),
    left_usd: usd(cap.left),
    rule: '',
    set_by: cap.setBy,
    set_at: formatIso(cap.setAtMs),
  };
}

function limitRow({ name, type, limit, enforce, timeWindowMs, of, setBy, setAtMs }: LimitRow): Row {
  const isActs = type === 'frequency';
  const what = isActs ? `${limit} acts` : formatUsd(usd(limit as MicroUsd));
  return {
    kind: 'limit',
    name,
    window: timeWindowMs === 0 ? '' : formatDuration(timeWindowMs),
    limit_usd: isActs ? null : usd(limit as MicroUsd),
    rule: `${type} of ${scopeId(of)}: at most ${what}${enforce ? '' : '; only warns'}`,
    set_by: setBy,
    set_at: formatIso(setAtMs),
  };
}

export async function setBudget(context: Context, words: readonly [string, string, string]): Promise<void> {
  const { terminal } = context;
  const [whose, span, dollars] = words;
  const window = readWindow(span);
  const limit = readDollars('the cap', dollars);
  const cap = await capKey(context, whose, window);
  await using books = await openBooksHere(context);
  await books.ledger.setCap({ ...cap, limit, setBy: actingPerson(terminal) });
  const row = (await books.ledger.budget()).find((each) => capId(each) === capId(cap));
  const used = row && ((row.spent + row.reserved) as MicroUsd);
  terminal.err(
    `${capId(cap)} is capped at ${formatUsd(usd(limit))}: ${formatUsd(usd(row?.spent ?? (0 as MicroUsd)))} spent and ${formatUsd(usd(row?.reserved ?? (0 as MicroUsd)))} reserved of it, ${formatUsd(usd(row?.left ?? limit))} left.\n`,
  );
  if (used !== undefined && used > limit) {
    terminal.err(
      'That is less than what is spent and reserved already: nothing more is rented under it, and what runs goes on to its prepaid end ("vastdeck ps").\n',
    );
  }
}

export async function removeBudget(context: Context, whose: string, span: string): Promise<void> {
  const { terminal } = context;
  const cap = await capKey(context, whose, readWindow(span));
  await using books = await openBooksHere(context);
  const wasThere = await books.ledger.removeCap({ ...cap, removedBy: actingPerson(terminal) });
  if (!wasThere) throw new NotFoundError(`There is no cap ${capId(cap)}; "vastdeck budget" shows all`);
  terminal.err(`The cap ${capId(cap)} is removed.\n`);
}

/** `account` alone is that of the key, whose number the service tells. */
async function capKey(context: Context, whose: string, window: CapKey['window']): Promise<CapKey> {
  if (whose !== 'account') return { ...readScope(whose), window };
  await using renting = await openInstanceSession(context);
  return { scope: 'account', value: renting.account.account, window };
}

/** What is left out stays as it is; a new limit needs its type. */
export async function setLimit(context: Context, name: string, figure: string, flags: Flags): Promise<void> {
  const { terminal } = context;
  await using books = await openBooksHere(context);
  const before = (await books.ledger.limits()).find((limit) => limit.name === name);
  const type = flags.type === undefined ? before?.type : readLimitType(flags.type);
  if (type === undefined) {
    throw new UsageError(
      `There is no limit ${name} yet, so it needs a type: vastdeck budget limit set ${name} ${figure} --type daily-loss --window 1d`,
    );
  }
  const limit: Limit = {
    name,
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
    of: flags.of === undefined ? (before?.of ?? { scope: 'total' }) : readScope(readText(flags.of) ?? ''),
  };
  await books.ledger.setLimit({ ...limit, setBy: actingPerson(terminal) });
  const [row] = (await books.ledger.limits()).filter((each) => each.name === name).map(limitRow);
  terminal.err(
    `The limit ${name} is set: ${String(row?.rule)}${row?.window === '' ? '' : `, in ${String(row?.window)}`}.\n`,
  );
}

function windowOf(type: Limit['type']): number {
  const dayMs = 24 * 3_600_000;
  return type === 'daily-loss' || type === 'frequency' ? dayMs : 0;
}

export async function removeLimit(context: Context, name: string): Promise<void> {
  const { terminal } = context;
  await using books = await openBooksHere(context);
  if (!(await books.ledger.removeLimit(name, actingPerson(terminal)))) {
    throw new NotFoundError(`There is no limit ${name}; "vastdeck budget" shows all`);
  }
  terminal.err(`The limit ${name} is removed.\n`);
}
