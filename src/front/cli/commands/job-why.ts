// `vastdeck job why`: the story of a job from its events: its own steps with the figures they were decided on, and those of
// every machine it had.
import { formatIso, formatUsd, printable, wrapText } from '../../../base/std/index.ts';
import { readEventsSince, type StoredEvent } from '../../../base/store/index.ts';
import type { JobRecord } from '../../../rent/jobs/index.ts';
import { NoSuchTargetError, readWhy, type Why } from '../../../rent/rental/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import { type JobBooks, openJobBooks } from '../jobs-session.ts';
import type { Column } from '../output/column.ts';
import { findJob } from './job-find.ts';

interface Told extends Omit<Why['entries'][number], 'about'> {
  /** `job`, or `attempt 2 rental`. */
  readonly about: string;
}

const COLUMNS: readonly Column[] = ['at', 'about', 'status', 'sentence', 'details', 'data'].map((name) => ({
  name,
}));
/** More of one job are not told one by one. */
const MOST_EVENTS = 2_000;

export async function jobWhy(context: Context, name: string, flags: Flags): Promise<void> {
  await using books = await openJobBooks(context);
  await tellJob(context, books, await findJob(books.records, name), flags);
}

/** From the store alone. */
export async function tellJob(
  context: Context,
  books: JobBooks,
  record: JobRecord,
  flags: Flags,
): Promise<void> {
  const told = await readStory(books, record);
  if (formatOf(flags, context.terminal) === 'table') return printStory(context, record, told);
  context.print(
    told.map(({ atMs, details, ...rest }) => ({ at: formatIso(atMs), ...rest, details: details.join('; ') })),
    COLUMNS,
    flags,
  );
}

async function readStory({ books, records }: JobBooks, record: JobRecord): Promise<readonly Told[]> {
  const { store, ledger } = books;
  const own = await readEventsSince(store.db, 0, { noun: 'job', id: record.id, limit: MOST_EVENTS });
  const attempts = await records.attempts(record.id);
  const machines = await Promise.all(
    attempts.map(async ({ attempt, rentalId }) => {
      const { entries } = await readWhy({ store, ledger, account: record.account, id: rentalId }).catch(
        (error: unknown) => {
          if (error instanceof NoSuchTargetError) return { entries: [] };
          throw error;
        },
      );
      return entries.map((entry): Told => ({ ...entry, about: `attempt ${attempt} ${entry.about}` }));
    }),
  );
  // Of one moment, the job's own words come first.
  return [...own.map(ownWords), ...machines.flat()].sort((a, b) => a.atMs - b.atMs);
}

function ownWords({ at, status, reason, data }: StoredEvent): Told {
  return {
    atMs: at,
    about: 'job',
    status,
    sentence: reason === '' ? status : reason,
    details: detailsOf(data),
    data,
  };
}

/** Data comes from a store that other versions have written: what is not there is not told. */
function detailsOf(data: StoredEvent['data']): readonly string[] {
  const { instance, machine, exitCode, spent, why, checkpoint, denied, files, bytes } = data;
  const facts = [
    typeof instance === 'number' && `instance ${instance}`,
    typeof machine === 'number' && `machine ${machine}`,
    typeof exitCode === 'number' && `exit code ${exitCode}`,
    typeof checkpoint === 'string' && `checkpoint ${checkpoint}`,
    typeof files === 'number' && `${files} files`,
    typeof bytes === 'number' && `${bytes} bytes`,
    typeof spent === 'number' && `${formatUsd(spent / 1e6)} spent by then`,
    typeof denied === 'string' && `denied by ${denied}`,
  ].filter((fact) => typeof fact === 'string');
  return [
    ...(facts.length > 0 ? [facts.join(', ')] : []),
    ...(typeof why === 'string' ? [`Because: ${why}`] : []),
  ];
}

/** As a story: a line for each step, and what it was decided by below it. */
function printStory({ terminal }: Context, { name, id }: JobRecord, told: readonly Told[]): void {
  terminal.out(`${printable(name)} (${id})\n`);
  if (told.length === 0) terminal.out('Nothing is written down of it any more.\n');
  const width = Math.max(40, terminal.columns - 14);
  let day = '';
  for (const { atMs, about, status, sentence, details } of told) {
    const [date = '', time = ''] = formatIso(atMs).split('T');
    if (date !== day) terminal.out(`${date} (UTC)\n`);
    day = date;
    const head = `  ${time.slice(0, 8)}  ${about === 'job' ? '' : `${about} `}${status}: `;
    for (const [at, line] of wrapText(printable(sentence), width).entries()) {
      terminal.out(`${at === 0 ? head : ' '.repeat(12)}${line}\n`);
    }
    for (const detail of details) {
      for (const line of wrapText(printable(detail), width)) terminal.out(`            ${line}\n`);
    }
  }
}
