// `vastdeck status`: the daemon's parts, how each is and since when; also when none runs.
import { formatDuration, formatIso, formatUsd, printable } from '../../../base/std/index.ts';
import { type FoundDaemon, findDaemon } from '../../app/daemon/find-daemon.ts';
import type { StatusAnswer } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import { askDaemon } from '../daemon-session.ts';
import { EXIT_CODES, UnreachableError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import type { Column } from '../output/column.ts';
import { burnText } from '../output/goes-on.ts';
import { plural } from '../output/number.ts';
import { VERSION } from '../version.ts';

const COLUMNS: readonly Column[] = [
  { name: 'part' },
  { name: 'status', isWhole: true },
  { name: 'since', isWhole: true },
  { name: 'last_good', title: 'last good', isWhole: true, importance: 2 },
  { name: 'restarts', importance: 3 },
  { name: 'reason', isProse: true },
  { name: 'what', isProse: true, importance: 1 },
];

export async function status(context: Context, flags: Flags): Promise<void> {
  const { config } = context;
  const daemon = findDaemon(config.home.value);
  if (!daemon) return await tellNone(context, flags);
  const answer = await askDaemon(context, daemon, (client) => client.status());
  if (!answer) throw new UnreachableError(silentSentence(daemon));
  const isTable = formatOf(flags, context.terminal) === 'table';
  const time = (ms: number | null) =>
    ms === null
      ? null
      : isTable
        ? `${formatDuration(Math.max(0, context.clock.now() - ms))} ago`
        : formatIso(ms);
  context.print(
    answer.parts.map(({ name, status: state, sinceMs, lastGoodAtMs, restarts, reason, what }) => ({
      part: name,
      status: state,
      since: time(sinceMs),
      last_good: time(lastGoodAtMs),
      restarts,
      reason,
      what,
    })),
    COLUMNS,
    flags,
  );
  context.terminal.err(`${footOf(answer, daemon, context.clock.now())}\n`);
  if (answer.status === 'failing') context.endWith(EXIT_CODES.failed);
}

async function tellNone(context: Context, flags: Flags): Promise<void> {
  context.print([], COLUMNS, flags);
  await using api = await openApi(context);
  const { rentals: live } = await api.client.rentals({ accounts: 'all' });
  const held = live.map(({ name, id, pricePerHour }) => ({ name: name || id, usdPerHour: pricePerHour }));
  const rentals =
    held.length === 0
      ? 'Nothing is rented.'
      : `Nobody looks after ${plural(held.length, 'rental')}: ${burnText(held)}; each ends by itself when what is paid for is over.`;
  const { home } = context.config;
  const { describeDaemonEnd, lastDaemonEnd } = await import('../../app/index.ts');
  const lastEnd = lastDaemonEnd(home.value);
  const ended = lastEnd && describeDaemonEnd(lastEnd);
  context.terminal.err(
    `No daemon runs for ${home.value}. ${ended === undefined ? '' : `${printable(ended)} `}${rentals} "vastdeck up -d" starts one.\n`,
  );
  context.endWith(EXIT_CODES.notFound);
}

function footOf(answer: StatusAnswer, { address }: FoundDaemon, nowMs: number): string {
  const { pid, startedAtMs, account, version, liveRentals, liveJobs, burnPerHour, viewAgeMs } = answer;
  const view = viewAgeMs === null ? 'not listed yet' : `listed ${formatDuration(viewAgeMs)} ago`;
  return [
    `vastdeck ${version}, process ${pid}, since ${formatDuration(Math.max(0, nowMs - startedAtMs))}, at ${address}`,
    `account ${account ?? 'not known'}: ${plural(liveRentals, 'rental')}, ${plural(liveJobs, 'job')}, ${formatUsd(burnPerHour)}/h; ${view}`,
    ...(answer.isHalted ? ['all spending is halted until "vastdeck resume"'] : []),
  ].join('\n');
}

function silentSentence({ pid, address, token, isElsewhere, host, tokenFile, version }: FoundDaemon): string {
  if (!token) return `The daemon (process ${pid}) is not yours to ask: ${tokenFile} cannot be read`;
  if (version !== VERSION) {
    return `The daemon (process ${pid}) is of version ${version} and this is ${VERSION}, so what it answers may not be understood; "vastdeck down" and "vastdeck up -d" start it anew`;
  }
  const where = isElsewhere ? ` It runs on another computer (${host}).` : '';
  return `The daemon (process ${pid}) does not answer at ${address}.${where} Its log may say why; "vastdeck down" stops it`;
}
