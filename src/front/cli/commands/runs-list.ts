// `vastdeck runs list`: every run that there are figures of, where it stands, and what it cost.
import { DAY_MS, formatDuration, formatIso, formatUsd } from '../../../base/std/index.ts';
import { openApi } from '../api-session.ts';
import type { Context } from '../context.ts';
import type { Flags } from '../flags.ts';
import { readInteger, readTime } from '../flags.ts';
import type { Column } from '../output/column.ts';
import { shortNumber } from '../output/number.ts';
import { screenTime } from '../output/screen-time.ts';
import { readVastdeckYaml } from '../vastdeck-yaml/index.ts';
import { groupOf } from './runs-group.ts';

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
  const yaml = readVastdeckYaml(config);
  const sinceMs = readTime('--since', flags.since, clock.now()) ?? clock.now() - 90 * DAY_MS;
  const limit =
    flags.limit === undefined ? undefined : readInteger('--limit', flags.limit, { min: 1, example: 20 });
  await using api = await openApi(context);
  const { runs, total } = await api.client.keptRuns({
    sinceMs: Math.max(0, Math.trunc(sinceMs)),
    ...(limit !== undefined && { limit }),
  });
  const rows = runs.map((run) => ({
    run: run.run,
    name: run.name,
    group: groupOf(yaml, run),
    status: run.status,
    attempts: run.attempts,
    step: run.step,
    loss: run.loss,
    val_loss: run.valLoss,
    last_at: formatIso(run.lastAtMs),
    took_s: (run.lastAtMs - run.firstAtMs) / 1_000,
    cost_usd: run.costUsd,
  }));
  context.print(rows, COLUMNS, flags);
  if (total === 0) {
    terminal.err(
      'No runs yet: figures are kept while "vastdeck job" or "vastdeck top" reads a log; "vastdeck runs parse FILE" reads one now.\n',
    );
  } else if (rows.length < total) {
    terminal.err(`${rows.length} of ${total} runs are shown (--since, --limit).\n`);
  }
}
