// `vastdeck runs list`: every run that there are figures of, where it stands, and what it cost.
import { DAY_MS, formatDuration, formatIso, formatUsd } from '../../../base/std/index.ts';
import type { Context } from '../context.ts';
import type { Flags } from '../flags.ts';
import { readInteger, readTime } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { shortNumber } from '../output/number.ts';
import { screenTime } from '../output/screen-time.ts';
import { openBooksHere } from '../renting-session.ts';
import { firstAtMs, type KnownRun, lastAtMs, openRunBook, type RunBook } from './runs-book.ts';

const time = (value: unknown) => screenTime(Date.parse(String(value)));

const COLUMNS: readonly Column[] = [
  { name: 'run' },
  { name: 'name' },
  { name: 'group', importance: 1 },
  { name: 'status' },
  { name: 'attempts', importance: 2 },
  { name: 'step', format: shortNumber },
  { name: 'loss', format: figure },
  { name: 'val_loss', format: figure, importance: 3 },
  { name: 'last_at', format: time, isWhole: true },
  { name: 'took_s', title: 'took', format: (s) => formatDuration(Number(s) * 1_000), importance: 3 },
  { name: 'cost_usd', title: 'cost', format: (value) => formatUsd(Number(value)) },
];

/** A figure as a log shows it: five digits, and NaN by its name. */
export function figure(value: unknown): string {
  const number = Number(value);
  return Number.isFinite(number) ? String(Number(number.toPrecision(5))) : String(value);
}

export async function runsList(context: Context, flags: Flags): Promise<void> {
  const { config, clock, terminal } = context;
  const sinceMs = readTime('--since', flags.since, clock.now()) ?? clock.now() - 90 * DAY_MS;
  const limit =
    flags.limit === undefined
      ? Number.POSITIVE_INFINITY
      : readInteger('--limit', flags.limit, { min: 1, example: 20 });
  await using books = await openBooksHere(context);
  const book = await openRunBook(books, config);
  const shown = book.runs.filter((run) => lastAtMs(run) >= sinceMs).toReversed();
  const rows: Row[] = [];
  for (const run of shown.slice(0, limit)) rows.push(await rowOf(book, run));
  context.print(rows, COLUMNS, flags);
  if (book.runs.length === 0) {
    terminal.err(
      'No runs yet: figures are kept while "vastdeck job" or "vastdeck top" reads a log; "vastdeck runs parse FILE" reads one now.\n',
    );
  } else if (shown.length < book.runs.length || rows.length < shown.length) {
    terminal.err(`${rows.length} of ${book.runs.length} runs are shown (--since, --limit).\n`);
  }
}

async function rowOf({ metrics }: RunBook, run: KnownRun): Promise<Row> {
  const latest = await metrics.latest(run.run);
  const find = (name: string) => latest.find((metric) => metric.name === name)?.value ?? null;
  const steps = latest.flatMap(({ step }) => (step === undefined ? [] : [step]));
  return {
    run: run.run,
    name: run.name,
    group: run.group ?? null,
    status: run.job?.status ?? run.rental?.status ?? null,
    attempts: run.attempts.length,
    step: steps.length > 0 ? Math.max(...steps) : null,
    loss: find('loss'),
    val_loss: find('val_loss'),
    last_at: formatIso(lastAtMs(run)),
    took_s: (lastAtMs(run) - firstAtMs(run)) / 1_000,
    cost_usd: run.costUsd ?? null,
  };
}
