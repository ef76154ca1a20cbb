// `vastdeck ps`: every instance of the account, ours or not, from the store; listed first where the view is old.
import type { Secret } from '../../../base/std/index.ts';
import { createVastClient } from '../../../net/vast/index.ts';
import { accountOf, noteCredit, type Ps, type PsRow, readPs } from '../../../rent/rental/index.ts';
import { type Books, openInstall, type Renting } from '../../app/index.ts';
import { type Context, formatOf } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { describeFailure } from '../failure.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { progressLine } from '../output/progress.ts';
import { dataRow, footOf, PS_DATA, PS_SCREEN, screenRow } from '../output/ps-table.ts';
import { openBooksHere } from '../renting-session.ts';

/** An older view is looked at anew first, which takes a second or so. */
const FRESH_MS = 60_000;
/** Nobody waits longer for it: then what the store has is shown, with its age. */
const PATIENCE_MS = 4_000;
/** The service lists 25 a second: of more than these it is not quick. */
const QUICK_INSTANCES = 100;

export async function ps(context: Context, flags: Flags, only?: string): Promise<void> {
  let shown = await readStored(context);
  const how = refreshOf(shown, flags);
  if (how !== 'none') {
    await refresh(context, how);
    shown = await readStored(context);
  }
  if (!shown) throw new NotFoundError('What this key opens is not known yet; run "vastdeck ps --refresh"');
  const rows = only === undefined ? shown.rows : shown.rows.filter((row) => isMeant(row, only));
  if (only !== undefined && rows.length === 0) {
    throw new NotFoundError(`No instance is called "${only}"; "vastdeck ps" shows all`);
  }
  const isTable = formatOf(flags, context.terminal) === 'table';
  const nowMs = context.clock.now();
  if (rows.length > 0 || !isTable) {
    context.print(
      rows.map((row) => (isTable ? screenRow(row, nowMs) : dataRow(row, shown))),
      isTable ? PS_SCREEN : PS_DATA,
      flags,
    );
  }
  for (const line of footOf(shown, nowMs)) context.terminal.err(`${line}\n`);
}

function isMeant({ id, name, rentalId }: PsRow, text: string): boolean {
  return String(id) === text || name === text || rentalId === text;
}

/** Undefined while nobody knows which account the key opens. */
async function readStored(context: Context): Promise<Ps | undefined> {
  const { config, random, clock } = context;
  const apiKey = config.apiKey.value;
  if (!apiKey) {
    throw new UsageError(
      'There is no API key: run "vastdeck login", or set VAST_API_KEY in the environment or in .env.',
    );
  }
  await using books = await openBooksHere(context);
  const install = openInstall(config.home.value, random);
  const account = await storedAccount(context, books, apiKey);
  if (account === undefined) return undefined;
  return await readPs({ store: books.store, account, nowMs: clock.now(), install, ledger: books.ledger });
}

/** What the store says of the key, without asking anybody. */
async function storedAccount(
  { config, clock, random, log }: Context,
  { store }: Books,
  apiKey: Secret,
): Promise<string | undefined> {
  const client = createVastClient({
    baseUrl: config.baseUrl.value,
    fetch: refuse,
    clock,
    random,
    log,
    attempts: 1,
  });
  const install = openInstall(config.home.value, random);
  try {
    return (await accountOf({ store, client, install, apiKey })).account;
  } catch {
    // Not asked yet.
    return undefined;
  }
}

const refuse: typeof globalThis.fetch = () => Promise.reject(new Error('nobody is asked'));

type Refresh = 'none' | 'patient' | 'quick';

function refreshOf(shown: Ps | undefined, flags: Flags): Refresh {
  if (flags.refresh === true) return 'patient';
  if (!shown || shown.foot.viewAgeMs === null) return 'patient';
  if (flags.refresh === false) return 'none';
  const isOld = shown.foot.viewAgeMs > FRESH_MS || !shown.foot.isViewComplete;
  return isOld && shown.rows.length <= QUICK_INSTANCES ? 'quick' : 'none';
}

/** One listing, the credit, and with all patience one step of every rental, which ends what is due. */
async function refresh(context: Context, how: 'patient' | 'quick'): Promise<void> {
  const { terminal, clock } = context;
  const progress = progressLine(context, { plainEveryMs: 'never' });
  progress.keepShowing(() => 'listing the account…');
  const patience = new AbortController();
  const timer =
    how === 'quick' ? clock.setTimer(PATIENCE_MS, () => patience.abort(new TooSlow())) : undefined;
  const signal = AbortSignal.any([terminal.interrupted, patience.signal]);
  try {
    await using renting = await openInstanceSession(context);
    await Promise.all([renting.watcher.refresh({ signal }), readCredit(context, renting, signal)]);
    if (how === 'patient') await renting.controller.round(signal);
  } catch (error) {
    terminal.interrupted.throwIfAborted();
    // What the store has is shown all the same, unless it has nothing.
    if (how === 'patient') throw error;
    progress.end();
    if (!(error instanceof TooSlow)) terminal.err(`${describeFailure(error).sentence}\n`);
  } finally {
    timer?.cancel();
    progress.end();
  }
}

class TooSlow extends Error {
  override name = 'TooSlow';
}

async function readCredit(
  { clock }: Context,
  { client, store, account }: Renting,
  signal: AbortSignal,
): Promise<void> {
  const { creditUsd } = await client.users.current({ signal });
  if (creditUsd === null) return;
  await noteCredit({ store, account: account.account, creditUsd, atMs: clock.now() });
}
