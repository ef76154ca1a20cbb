// `vastdeck job list`: every job of this install, from the store alone.
import { DAY_MS, formatUsd } from '../../../base/std/index.ts';
import { isOver } from '../../../rent/jobs/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import { openJobBooks } from '../jobs-session.ts';
import type { Column } from '../output/column.ts';
import { plural } from '../output/number.ts';
import { isDriven } from './job-leader.ts';
import { jobRow } from './job-row.ts';

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
  await using books = await openJobBooks(context);
  const { records } = books;
  const all = await records.list();
  const isTable = formatOf(flags, terminal) === 'table';
  const nowMs = clock.now();
  const shown =
    isTable && flags.all !== true
      ? all.filter(({ status, endedAtMs }) => !isOver(status) || (endedAtMs ?? 0) > nowMs - SHOWN_MS)
      : all;
  const rows = await Promise.all(shown.map((record) => jobRow(books, record, nowMs)));
  if (rows.length > 0 || !isTable) context.print(rows, isTable ? SCREEN : DATA, flags);
  if (!isTable) return;
  const hidden = all.length - shown.length;
  if (all.length === 0) terminal.err('No job was submitted from here yet: "vastdeck job plan FILE".\n');
  if (hidden > 0) terminal.err(`${plural(hidden, 'job')} ended more than a week ago: --all shows them.\n`);
  for (const record of all) {
    if (isOver(record.status) || (await isDriven(books.books.store, record, nowMs))) continue;
    terminal.err(
      `Nothing drives ${record.name} now: "vastdeck job wait ${record.name}" does, or "vastdeck up".\n`,
    );
  }
}
