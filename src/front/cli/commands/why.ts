// `vastdeck why`: every decision about a rental or an instance, with its figures; what others did to it comes from the
// service's own log. Works from the store alone when the service cannot be asked.
import { formatIso, printable, wrapText } from '../../../base/std/index.ts';
import type { AuditEntry } from '../../../net/vast/index.ts';
import { NoSuchTargetError, readWhy, type Why, type WhyOptions } from '../../../rent/rental/index.ts';
import type { Books } from '../../app/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import { openInstanceSession } from '../instance-session.ts';
import { openJobBooks } from '../jobs-session.ts';
import type { Column } from '../output/column.ts';
import { openBooksHere } from '../renting-session.ts';
import { searchJob } from './job-find.ts';
import { tellJob } from './job-why.ts';

const COLUMNS: readonly Column[] = [
  { name: 'at' },
  { name: 'about' },
  { name: 'status' },
  { name: 'sentence' },
  { name: 'details' },
  { name: 'data' },
];

export async function why(context: Context, id: string, flags: Flags): Promise<void> {
  if (await tellWhyOfJob(context, id, flags)) return;
  const found = await read(context, id, flags);
  const { entries, target } = found;
  if (formatOf(flags, context.terminal) === 'table') {
    printStory(context, found);
    return;
  }
  const rows = entries.map(({ atMs, about, status, sentence, details, data }) => ({
    at: formatIso(atMs),
    about,
    status,
    sentence,
    details: details.join('; '),
    data,
  }));
  context.print(rows, COLUMNS, flags);
  if (rows.length === 0) context.terminal.err(`Nothing is written down of ${target.name || id}.\n`);
}

/** A job's machine has its name: the whole name or id of a job means the job, whose story has the machines in it. */
async function tellWhyOfJob(context: Context, id: string, flags: Flags): Promise<boolean> {
  await using books = await openJobBooks(context);
  const job = await searchJob(books.records, id, 'whole');
  if (!job) return false;
  await tellJob(context, books, job, flags);
  return true;
}

async function read(context: Context, id: string, flags: Flags): Promise<Why> {
  const { terminal, config } = context;
  if (flags.offline !== true && config.apiKey.value) {
    try {
      await using renting = await openInstanceSession(context);
      const { store, ledger, account, client } = renting;
      const asked = { store, ledger, account: account.account, id };
      let auditLog: readonly AuditEntry[] = [];
      try {
        auditLog = await client.auditLog.list({ signal: terminal.interrupted });
      } catch (error) {
        if (terminal.interrupted.aborted) throw error;
        terminal.err(`What others did is not known: ${(error as Error).message}\n`);
      }
      return await readWhy({ ...asked, auditLog });
    } catch (error) {
      if (!(error instanceof Error) || !['UnreachableError', 'UnavailableError'].includes(error.name))
        throw error;
      terminal.err(`The service cannot be asked, so this is from the store alone: ${error.message}\n`);
    }
  }
  await using books = await openBooksHere(context);
  return await readOffline(books, id);
}

/** Without the service nobody says whose key it is: all accounts of the store are looked through. */
async function readOffline({ store, ledger, records }: Books, id: string): Promise<Why> {
  const accounts = [...new Set((await records.list()).map(({ account }) => account))];
  let missing: unknown = new NoSuchTargetError(
    `No rental is called "${id}"; nothing was rented from here yet`,
  );
  for (const account of accounts) {
    const options: WhyOptions = { store, ledger, account, id };
    try {
      return await readWhy(options);
    } catch (error) {
      if (!(error instanceof NoSuchTargetError)) throw error;
      missing = error;
    }
  }
  throw missing;
}

/** As a story: a line for each step, and what it was decided by below it. */
function printStory({ terminal }: Context, { target, entries }: Why): void {
  const { name, rentalId, instanceId } = target;
  const ids = [rentalId, instanceId === undefined ? undefined : `instance ${instanceId}`].filter(Boolean);
  terminal.out(`${printable(name === '' ? String(ids[0] ?? '') : name)} (${ids.join(', ')})\n`);
  if (entries.length === 0) terminal.out('Nothing is written down of it.\n');
  let day = '';
  for (const { atMs, about, status, sentence, details } of entries) {
    const [date = '', time = ''] = formatIso(atMs).split('T');
    if (date !== day) terminal.out(`${date} (UTC)\n`);
    day = date;
    const head = `  ${time.slice(0, 8)}  ${about === 'rental' ? '' : `${about} `}${status}: `;
    for (const [at, line] of wrapText(printable(sentence), Math.max(40, terminal.columns - 14)).entries()) {
      terminal.out(`${at === 0 ? head : ' '.repeat(12)}${line}\n`);
    }
    for (const detail of details) {
      for (const line of wrapText(printable(detail), Math.max(40, terminal.columns - 14)))
        terminal.out(`            ${line}\n`);
    }
  }
}
