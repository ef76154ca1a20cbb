// `vastdeck market status`: how fresh and complete the store is, and what each report still lacks.
import { formatDuration, formatIso } from '../../../base/std/index.ts';
import { type MarketFacts, marketFacts, openMarketReader } from '../../../watch/history/index.ts';
import { type ReportNeed, reportNeeds } from '../../../watch/reports/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import { formatBytes } from '../output/number.ts';
import { snakeKeys } from '../output/snake-case.ts';
import { storeToRead } from '../store-place.ts';

export async function marketStatus(context: Context, flags: Flags): Promise<void> {
  const { clock, log, terminal } = context;
  const dir = storeToRead(context, flags);
  await using reader = await openMarketReader({ dir, clock, log });
  const facts = await marketFacts({ reader, clock });
  const needs = await reportNeeds(reader);
  if (formatOf(flags, terminal) === 'json') {
    const row = snakeKeys({ ...facts, reports: needs.map(needRow) }) as Record<string, unknown>;
    context.print(
      [row],
      Object.keys(row).map((name) => ({ name })),
      flags,
    );
    return;
  }
  const rows = [
    ...statusRows(facts),
    ...needs.map(({ report, sentence }) => ['report', reportText(report, sentence)]),
  ];
  context.print(
    rows.map(([name, value]) => ({ name, value })),
    [
      { name: 'name', title: facts.isSimulated ? 'SIMULATED' : 'market' },
      { name: 'value', title: '', isProse: true },
    ],
    flags,
  );
}

function statusRows(facts: MarketFacts): string[][] {
  const { newest, first, bytes, holder, gaps } = facts;
  const rows = [
    ['store', facts.dir],
    ['origin', Object.values(facts.origin).join(' ')],
    ['collector', holder ? `${holder.what}, process ${holder.pid}, since ${holder.since}` : 'not running'],
  ];
  if (!newest || !first) return [...rows, ['polls', 'none yet']];
  const filter = newest.filter ? `, filter ${newest.filter}` : '';
  rows.push(
    [
      'newest poll',
      `${newest.poll} of ${newest.ts}, ${formatDuration(newest.ageMs)} old: ${newest.offers} offers${newest.complete ? '' : ', not whole'}${filter}`,
    ],
    [
      'polls',
      `${facts.polls} since ${first.ts}, ${facts.pollsToday} today; ${facts.observations.toLocaleString('en-US')} observations`,
    ],
    [
      'gaps',
      gaps.length === 0
        ? 'none'
        : `${gaps.length}, ${formatDuration(gaps.reduce((sum, { ms }) => sum + ms, 0))} in all`,
    ],
    ...gaps.slice(-3).map(({ from, to, ms }) => ['gap', `${from} to ${to}, ${formatDuration(ms)}`]),
    ...facts.coverage
      .map((slice) => [
        'coverage',
        `${slice.type} ${slice.search}${slice.predicate ? ` ${slice.predicate}` : ''}: ${slice.complete} of ${slice.slices} whole` +
          slice.reasons
            .slice(0, 2)
            .map(({ reason, count }) => `; ${reason} (${count}x)`)
            .join(''),
      ])
      .slice(0, 12),
    [
      'traffic',
      `${Math.round(facts.requestsPerDay).toLocaleString('en-US')} searches and ${facts.gbPerDay.toPrecision(3)} GB a day`,
    ],
    [
      'size',
      `${formatBytes(bytes.total)} (journal ${formatBytes(bytes.journal)}, parquet ${formatBytes(bytes.parquet)})` +
        (facts.bytesPerObservation === undefined
          ? ''
          : `, ${facts.bytesPerObservation.toPrecision(3)} B an observation`),
    ],
  );
  if (facts.growthBytesPerDay !== undefined)
    rows.push(['growth', `${formatBytes(facts.growthBytesPerDay)} a day`]);
  rows.push(['next seal', facts.nextSealAt ?? 'not known yet']);
  const names = (fields: readonly { readonly name: string }[]) => fields.map(({ name }) => name).join(', ');
  if (facts.fields.new.length > 0) rows.push(['new fields', names(facts.fields.new)]);
  if (facts.fields.vanished.length > 0) rows.push(['vanished fields', names(facts.fields.vanished)]);
  return rows;
}

function needRow({ report, ready, missingPolls, readyAtMs }: ReportNeed): object {
  return {
    report,
    ready,
    missing_polls: missingPolls,
    ready_at: readyAtMs === undefined ? null : formatIso(readyAtMs),
  };
}

function reportText(report: string, sentence: string): string {
  return sentence.startsWith(report) ? sentence : `${report}: ${sentence}`;
}
