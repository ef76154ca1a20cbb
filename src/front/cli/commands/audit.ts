// `vastdeck audit`: where the money went, what burns now without work and the command that stops it, quote against bill.
// It only reads.
import { DAY_MS, formatUsd, type MicroUsd, usd } from '../../../base/std/index.ts';
import { type Audit, audit as auditAccount } from '../../../rent/rental/index.ts';
import { type Context, formatOf } from '../context.ts';
import { type Flags, readTime } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import type { Column, Row } from '../output/column.ts';
import { screenTime } from '../output/screen-time.ts';
import { renderRows } from '../output/table.ts';

const money = (value: unknown) => formatUsd(Number(value));

const PARTS = [
  ['gpu', 'gpu_usd', 'GPU'],
  ['diskRunning', 'disk_running_usd', 'disk, running'],
  ['diskStopped', 'disk_stopped_usd', 'disk, stopped'],
  ['download', 'download_usd', 'download'],
  ['upload', 'upload_usd', 'upload'],
  ['neverRan', 'never_ran_usd', 'never ran'],
  ['volume', 'volume_usd', 'volumes'],
  ['other', 'other_usd', 'other'],
] as const;

const SPENT: readonly Column[] = [
  { name: 'name' },
  { name: 'instance_id', title: 'instance', importance: 3 },
  { name: 'gpu', importance: 2, isWhole: true },
  { name: 'whose', importance: 4 },
  { name: 'total_usd', title: 'total', format: money },
  ...PARTS.map(([, name, title], at) => ({ name, title, format: money, importance: 20 - at })),
];

const BURNING: readonly Column[] = [
  { name: 'name' },
  { name: 'instance_id', title: 'instance' },
  { name: 'verdict' },
  { name: 'usd_per_hour', title: '$/h', format: money },
  { name: 'usd_per_month', title: '$/month', format: money, importance: 1 },
  { name: 'why', isProse: true, importance: 2 },
  { name: 'command', title: 'to stop it', isWhole: true },
];

const DRIFT: readonly Column[] = [
  { name: 'name' },
  { name: 'instance_id', title: 'instance' },
  { name: 'quoted_usd', title: 'quoted', format: money },
  { name: 'billed_usd', title: 'billed', format: money },
  { name: 'drift_usd', title: 'difference', format: money },
  { name: 'traffic_usd', title: 'traffic', format: money, importance: 1 },
  { name: 'is_open', title: 'still open', format: (value) => (value ? 'yes' : 'no') },
];

export async function audit(context: Context, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const nowMs = clock.now();
  await using renting = await openInstanceSession(context);
  const { client, store, account, install, watcher } = renting;
  const signal = terminal.interrupted;
  // What burns is of this moment, so the account is looked at anew.
  await watcher.refresh({ signal });
  const report = await auditAccount({
    client,
    store,
    account: account.account,
    install,
    sinceMs: readTime('--since', flags.since, nowMs) ?? nowMs - 30 * DAY_MS,
    nowMs,
    signal,
  });
  const sections = sectionsOf(report);
  if (formatOf(flags, terminal) === 'table') {
    printSections(context, report, sections);
  } else {
    const rows = [
      ...sections.spent.map((row) => ({ section: 'spent', ...row })),
      ...sections.burning.map((row) => ({ section: 'burning', ...row })),
      ...sections.drift.map((row) => ({ section: 'quote_and_bill', ...row })),
    ];
    const names = new Set(['section', ...[...SPENT, ...BURNING, ...DRIFT].map(({ name }) => name)]);
    context.print(
      rows,
      [...names].map((name) => ({ name })),
      flags,
    );
  }
  for (const remark of report.remarks) terminal.err(`${remark}.\n`);
}

interface Sections {
  readonly spent: readonly Row[];
  readonly burning: readonly Row[];
  readonly drift: readonly Row[];
}

function sectionsOf({ rows, total, burning, drift }: Audit): Sections {
  const parts = (own: typeof total) =>
    Object.fromEntries(PARTS.map(([part, name]) => [name, usd(own[part] as MicroUsd)]));
  return {
    spent: [
      ...rows.map(({ source, name, instanceId, gpu, isOurs, parts: own }) => ({
        name: name === '' ? source : name,
        instance_id: instanceId ?? null,
        gpu: gpu ?? null,
        whose: isOurs ? 'ours' : 'others',
        total_usd: usd(own.total),
        ...parts(own),
      })),
      {
        name: 'total',
        instance_id: null,
        gpu: null,
        whose: '',
        total_usd: usd(total.total),
        ...parts(total),
      },
    ],
    burning: burning.map(({ row, usdPerHour, usdPerMonth, command, effect }) => ({
      name: row.ref,
      instance_id: row.id,
      verdict: row.verdict,
      usd_per_hour: usdPerHour,
      usd_per_month: usdPerMonth,
      why: `${row.why}; the command ${effect}`,
      command,
    })),
    drift: drift.map(({ name, instanceId, quoted, billed, drift: off, traffic, isOpen }) => ({
      name,
      instance_id: instanceId,
      quoted_usd: usd(quoted),
      billed_usd: usd(billed),
      drift_usd: usd(off),
      traffic_usd: usd(traffic),
      is_open: isOpen,
    })),
  };
}

function printSections({ terminal }: Context, { fromMs, untilMs, total }: Audit, sections: Sections): void {
  // Columns in which nothing was ever charged tell nothing.
  const empty = new Set<string>(PARTS.filter(([part]) => total[part] === 0).map(([, name]) => name));
  const spent = SPENT.filter(({ name }) => !empty.has(name));
  const show = (title: string, rows: readonly Row[], columns: readonly Column[], none: string) => {
    terminal.out(`${title}\n`);
    terminal.out(
      rows.length === 0
        ? `  ${none}\n`
        : renderRows(rows, columns, { format: 'table', width: terminal.columns }),
    );
  };
  show(
    `Charged by Vast.ai from ${screenTime(fromMs)} to ${screenTime(untilMs)}`,
    sections.spent,
    spent,
    'nothing',
  );
  show(
    '\nBurning now without work',
    sections.burning,
    BURNING,
    'nothing: all that costs works, or costs only what it should',
  );
  show('\nQuoted and billed, without traffic', sections.drift, DRIFT, 'no rental of ours in this time');
}
