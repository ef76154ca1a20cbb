// `vastdeck ps`: every instance of the account, ours or not, from the store; listed first where the view is old.
import { DaemonAnswerError } from '../../http/daemon-client.ts';
import type { InstanceRow, InstancesAnswer } from '../../http/protocol.ts';
import { type ApiSession, openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { describeFailure } from '../failure.ts';
import type { Flags } from '../flags.ts';
import { progressLine } from '../output/progress.ts';
import { dataRow, footOf, PS_DATA, PS_SCREEN, screenRow } from '../output/ps-table.ts';

/** An older view is looked at anew first, which takes a second or so. */
const FRESH_MS = 60_000;
/** Nobody waits longer for it: then what the store has is shown, with its age. */
const PATIENCE_MS = 4_000;
/** The service lists 25 a second: of more than these it is not quick. */
const QUICK_INSTANCES = 100;

export async function ps(context: Context, flags: Flags, only?: string): Promise<void> {
  if (!context.config.apiKey.value) {
    throw new UsageError(
      'There is no API key: run "vastdeck login", or set VAST_API_KEY in the environment or in .env.',
    );
  }
  await using api = await openApi(context);
  const stored = await readStored(api);
  const how = refreshOf(stored, flags);
  const shown = how === 'none' ? stored : await refresh(context, api, how);
  if (!shown) throw new NotFoundError('What this key opens is not known yet; run "vastdeck ps --refresh"');
  const { instances } = shown;
  const rows = only === undefined ? instances : instances.filter((row) => isMeant(row, only));
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

function isMeant({ id, name, rentalId }: InstanceRow, text: string): boolean {
  return String(id) === text || name === text || rentalId === text;
}

/** Undefined while nobody knows which account the key opens. */
async function readStored({ client }: ApiSession): Promise<InstancesAnswer | undefined> {
  try {
    return await client.instances();
  } catch (error) {
    if (error instanceof DaemonAnswerError && error.status === 404) return undefined;
    throw error;
  }
}

type Refresh = 'none' | 'patient' | 'quick';

function refreshOf(shown: InstancesAnswer | undefined, flags: Flags): Refresh {
  if (flags.refresh === true) return 'patient';
  if (!shown || shown.viewAgeMs === null) return 'patient';
  if (flags.refresh === false) return 'none';
  const isOld = shown.viewAgeMs > FRESH_MS || !shown.isViewComplete;
  return isOld && shown.instances.length <= QUICK_INSTANCES ? 'quick' : 'none';
}

/** One listing, the credit, and with all patience one step of every rental, which ends what is due. */
async function refresh(
  context: Context,
  api: ApiSession,
  how: 'patient' | 'quick',
): Promise<InstancesAnswer | undefined> {
  const { terminal, clock } = context;
  const progress = progressLine(context, { plainEveryMs: 'never' });
  progress.keepShowing(() => 'listing the account…');
  const patience = new AbortController();
  const timer =
    how === 'quick' ? clock.setTimer(PATIENCE_MS, () => patience.abort(new TooSlow())) : undefined;
  const signal = AbortSignal.any([terminal.interrupted, patience.signal]);
  try {
    return await api.client.refreshInstances({ hasRound: how === 'patient' }, signal);
  } catch (error) {
    terminal.interrupted.throwIfAborted();
    // What the store has is shown all the same, unless it has nothing.
    if (how === 'patient') throw error;
    progress.end();
    if (!(error instanceof TooSlow)) terminal.err(`${describeFailure(error).sentence}\n`);
    return await readStored(api);
  } finally {
    timer?.cancel();
    progress.end();
  }
}

class TooSlow extends Error {
  override name = 'TooSlow';
}
