// `vastdeck job list`: every job of this install, whatever account it is of.
import { DAY_MS, formatUsd } from '../../../base/std/index.ts';
import { openApi } from '../api-session.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import type { Column } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { listedJob } from './job-row.ts';
import { isUnwatched } from './job-watcher.ts';

const DATA: readonly Column[] = [
  'id',
  'name',
  'status',
  'reason',
  'instance_id',
  'spent_usd',
  'attempt',
  'since',
  'group',
  'created_at',
  'ended_at',
  'is_over',
  'is_unattended',
  'is_verified',
  'account',
].map((name) => ({ name }));

const SCREEN: readonly Column[] = [
  { name: 'name' },
  { name: 'status', isWhole: true },
  { name: 'took', isWhole: true, importance: 2 },
  { name: 'instance_id', title: 'instance', importance: 1 },
  { name: 'spent_usd', title: 'spent', format: (value) => formatUsd(Number(value)) },
  { name: 'reason', isProse: true },
  { name: 'id', isWhole: true, importance: 0 },
];

/** What ended longer ago is not on a screen. */
const SHOWN_MS = 7 * DAY_MS;

export async function jobList(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const isTable = formatOf(flags, terminal) === 'table';
  const nowMs = clock.now();
  await using api = await openApi(context);
  const { jobs, total } = await api.client.jobs({
    accounts: 'all',
    ...(isTable && flags.all !== true && { endedAfterMs: Math.trunc(nowMs - SHOWN_MS) }),
  });
  const rows = jobs.map((job) => listedJob(job, nowMs));
  if (rows.length > 0 || !isTable) context.print(rows, isTable ? SCREEN : DATA, flags);
  if (!isTable) return;
  const hidden = total - jobs.length;
  if (total === 0) terminal.err('No job was submitted from here yet: "vastdeck job plan FILE".\n');
  if (hidden > 0) terminal.err(`${plural(hidden, 'job')} ended more than a week ago: --all shows them.\n`);
  for (const { name } of jobs.filter((job) => isUnwatched(context, job))) {
    terminal.err(`Nothing drives ${name} now: "vastdeck job wait ${name}" does, or "vastdeck up".\n`);
  }
}
