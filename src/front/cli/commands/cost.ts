// `vastdeck cost`: what our ledger says was spent, beside what Vast.ai charged, the rate now, and the month's end.
import { DAY_MS, formatUsd } from '../../../base/std/index.ts';
import type { CostAnswer } from '../../http/protocol.ts';
import { openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readList, readTime } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { screenTime } from '../output/screen-time.ts';

const GROUPS = [
  'job',
  'label',
  'gpu',
  'host',
  'day',
  'fleet',
  'domain',
  'account',
  'rental',
  'total',
] as const;

const COLUMNS: readonly Column[] = [
  { name: 'by' },
  { name: 'value' },
  { name: 'usd', title: '$', format: (value) => formatUsd(Number(value)) },
];

export async function cost(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock, log } = context;
  const nowMs = clock.now();
  const by = readList(flags.by);
  const unknown = by.find((name) => !GROUPS.some((known) => known === name));
  if (unknown !== undefined)
    throw new UsageError(
      `--by "${unknown}" is not known; it is ${GROUPS.join(', ')}, or several with commas`,
    );
  const sinceMs = readTime('--since', flags.since, nowMs) ?? nowMs - 30 * DAY_MS;
  await using api = await openApi(context);
  // What ran since somebody looked is not in the ledger yet.
  const round = await api.client.lookAfterRentals(terminal.interrupted);
  if (round.outcome === 'failed') log.warn('rentals could not be looked after', { reason: round.reason });
  const report = await api.client.cost({ by, sinceMs: Math.trunc(sinceMs) }, terminal.interrupted);
  if (!report.charged) {
    terminal.err(`What Vast.ai charged is not known, so this is our ledger alone: ${report.chargedFault}\n`);
  }
  const isTable = formatOf(flags, terminal) === 'table';
  const groups: readonly Row[] = report.groups.flatMap((group) =>
    group.rows.map(({ value, spentUsd }) => ({
      by: group.by,
      value: value === '' && isTable && group.by !== 'total' ? '(none)' : value,
      usd: spentUsd,
    })),
  );
  context.print([...groups, ...(isTable ? [] : summaryRows(report))], COLUMNS, flags);
  for (const line of summaryLines(report)) terminal.err(`${line}\n`);
}

function summaryRows({ spentUsd, charged, usdPerHour, oursUsdPerHour, month }: CostAnswer): readonly Row[] {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['spent', spentUsd],
    ['charged', charged?.totalUsd],
    ['charged_ours', charged?.oursUsd],
    ['charged_others', charged?.othersUsd],
    ['charged_less_ledger', charged?.differenceUsd],
    ['usd_per_hour', usdPerHour],
    ['usd_per_hour_ours', oursUsdPerHour],
    ['month_spent', month.spentUsd],
    ['month_projected', month.projectedUsd],
  ];
  return rows.map(([value, dollars]) => ({ by: 'summary', value, usd: dollars ?? null }));
}

function summaryLines({
  sinceMs,
  spentUsd,
  charged,
  usdPerHour,
  oursUsdPerHour,
  month,
}: CostAnswer): readonly string[] {
  const lines = [`Our ledger since ${screenTime(sinceMs)}: ${formatUsd(spentUsd)}.`];
  if (charged) {
    const { fromMs, totalUsd, oursUsd, othersUsd, ledgerUsd, differenceUsd } = charged;
    lines.push(
      `Vast.ai charged ${formatUsd(totalUsd)} from ${screenTime(fromMs)} on: ${formatUsd(oursUsd)} for ours, where our ledger has ${formatUsd(ledgerUsd)} (${differenceUsd >= 0 ? '+' : ''}${formatUsd(differenceUsd)}), and ${formatUsd(othersUsd)} for what others rented. Its charges come some minutes late.`,
      ...charged.faults,
    );
  }
  const others = usdPerHour - oursUsdPerHour;
  lines.push(
    `Now: ${formatUsd(usdPerHour)}/h${others > 0.000001 ? `, ${formatUsd(oursUsdPerHour)}/h of it ours` : ''}. At this rate ours come to ${formatUsd(month.projectedUsd)} by ${screenTime(month.untilMs)} (${formatUsd(month.spentUsd)} so far this month).`,
  );
  return lines;
}
