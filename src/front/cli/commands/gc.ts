// `vastdeck gc`: instances of ours that nobody stands for, what should be gone and is not, and what stands still and
// costs. Told only, unless `--apply`.
import { formatDuration, formatIso, formatUsd } from '../../../base/std/index.ts';
import type { OrphanRow, RedRow } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import { type Context, formatOf } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import type { Column, Row } from '../output/column.ts';
import { progressLine } from '../output/progress.ts';
import { recordAccountCharges } from './account-charges.ts';

const COLUMNS: readonly Column[] = [
  { name: 'what' },
  { name: 'instance_id', title: 'instance' },
  { name: 'name', importance: 1 },
  { name: 'usd_per_hour', title: '$/h', format: (value) => formatUsd(Number(value)) },
  { name: 'state' },
  { name: 'since', importance: 0, format: (value) => String(value).slice(0, 16) },
  { name: 'reason', isProse: true },
  { name: 'what_to_do', title: 'what to do', isProse: true },
];

/** Its end is waited for so long; whatever vastdeck runs next goes on with it. */
const PATIENCE_MS = 3 * 60_000;

export async function gc(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const signal = terminal.interrupted;
  await using renting = await openInstanceSession(context);
  const isToApply = flags.apply === true;
  const report = isToApply
    ? await apply(context, renting, signal)
    : { ...(await renting.ender.collect()), goneIds: [] };
  await keepCharges(context, renting, signal);
  const red = await renting.ender.redList();
  const parked = await renting.ender.parkedRows();
  const rows: readonly Row[] = [
    ...report.rows.map((row) => orphanRow(row)),
    ...red.map((row) => redRow(row)),
    ...parked.map(({ rental, usdPerMonth, sinceMs, destroyAfterMs, paidUntilMs }) => ({
      what: 'parked',
      instance_id: rental.instanceId,
      name: rental.name,
      usd_per_hour: rental.terms?.diskPricePerHour ?? null,
      state: rental.status,
      since: formatIso(sinceMs),
      reason: `${rental.reason}; its disk costs ${usdPerMonth === undefined ? 'an unknown sum' : formatUsd(usdPerMonth)} a month`,
      what_to_do: `${destroyAfterMs === undefined ? `money is set aside until ${formatIso(paidUntilMs)}` : destroyWords(destroyAfterMs, clock.now())}; "vd rm --now ${rental.name}" ends it`,
    })),
  ];
  if (rows.length > 0 || formatOf(flags, terminal) !== 'table') context.print(rows, COLUMNS, flags);
  if (!report.isKnown) {
    terminal.err(`${report.reason}\n`);
    context.endWith(EXIT_CODES.api);
    return;
  }
  if (report.goneIds.length > 0) terminal.err(`Destroyed and seen gone: ${report.goneIds.join(', ')}.\n`);
  if (rows.length === 0)
    terminal.err(
      'Nothing is left behind: no orphan, nothing that cannot be destroyed, nothing that stands still.\n',
    );
  const isOpen = report.rows.some(({ state }) => state === 'first-pass' || state === 'confirmed');
  if (!isToApply && isOpen) {
    terminal.err(
      'Nothing was done: "vastdeck gc --apply" looks twice, at least a minute apart, and destroys those that both looks show.\n',
    );
  }
  if (!isToApply && report.rows.some(({ kind }) => kind === 'unknown-rental')) {
    terminal.err(
      'This store knows nothing of some of them. If it is a new one in place of one that was lost, "vastdeck recover --apply" keeps them.\n',
    );
  }
  if (red.length > 0) context.endWith(EXIT_CODES.failed);
}

/** Two looks, the destroys, and the proof, as far as patience goes. */
async function apply(
  context: Context,
  { ender, controller, watcher, records, account }: Renting,
  signal: AbortSignal,
) {
  const { clock } = context;
  const progress = progressLine(context, { plainEveryMs: 30_000 });
  const untilMs = clock.now() + PATIENCE_MS;
  const seen = new Set<number>();
  try {
    progress.show('looking at the account…');
    for (;;) {
      const roundAtMs = await controller.round(signal);
      const report = await ender.collect({ apply: true });
      const waiting = report.rows.filter(({ state }) => state === 'first-pass');
      const ending = await records.list({ account: account.account, statuses: ['ending'] });
      for (const { instanceId } of [...report.rows, ...ending])
        if (instanceId !== undefined) seen.add(instanceId);
      const ends = ending.length + report.rows.filter(({ state }) => state === 'destroying').length;
      if (!report.isKnown || waiting.length + ends === 0 || clock.now() > untilMs) {
        const left = new Set([...report.rows, ...ending].map(({ instanceId }) => instanceId));
        return { ...report, goneIds: [...seen].filter((id) => !left.has(id)) };
      }
      const dueMs = Math.max(0, ...waiting.map(({ confirmedAfterMs }) => confirmedAfterMs)) + 1_000;
      const nextMs = ends > 0 ? roundAtMs : dueMs;
      progress.keepShowing(() => {
        const leftMs = Math.max(0, nextMs - clock.now());
        return ends > 0
          ? `${ends} being destroyed, until seen gone; looking again in ${formatDuration(leftMs)}`
          : `${waiting.length} seen once; looking again in ${formatDuration(leftMs)}`;
      });
      await clock.sleep(Math.max(0, nextMs - clock.now()), signal);
      // A look of its own: a second pass on the first listing would prove nothing.
      await watcher.refresh({ signal });
    }
  } finally {
    progress.end();
  }
}

/** So that caps on the account count what others spend there too. */
async function keepCharges(context: Context, renting: Renting, signal: AbortSignal): Promise<void> {
  try {
    await recordAccountCharges(renting, context.clock.now(), signal);
  } catch (error) {
    if (signal.aborted) throw error;
    context.terminal.err(`What the account was charged is not known: ${(error as Error).message}\n`);
  }
}

function orphanRow({ instanceId, rentalId, kind, state, usdPerHour, firstSeenAtMs, reason }: OrphanRow): Row {
  return {
    what: 'orphan',
    instance_id: instanceId,
    name: rentalId,
    usd_per_hour: usdPerHour,
    state,
    since: formatIso(firstSeenAtMs),
    reason: `${kind}: ${reason}`,
    what_to_do: state === 'destroying' ? `"vd why ${instanceId}" follows it` : 'vd gc --apply',
  };
}

function redRow({ rental, instanceId, usdPerHour, sinceMs, tries, lastError, whatToDo }: RedRow): Row {
  return {
    what: 'red',
    instance_id: instanceId,
    name: rental?.name ?? '',
    usd_per_hour: usdPerHour,
    state: 'not gone',
    since: formatIso(sinceMs),
    reason: `${tries} tries to destroy it${lastError === '' ? '' : `; ${lastError}`}`,
    what_to_do: whatToDo,
  };
}

function destroyWords(destroyAfterMs: number, nowMs: number): string {
  return destroyAfterMs > nowMs
    ? `it is destroyed in ${formatDuration(destroyAfterMs - nowMs)}, or with the next command after that`
    : 'its destroy is due: "vd gc --apply" does it';
}
