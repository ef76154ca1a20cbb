// `vastdeck job logs`: the log of a job as it is kept here. Whoever drives the job writes it; this only reads, from any
// process, also after the machine is gone.

import { printable } from '../../../base/std/index.ts';
import { isOver, type JobRecord, type JobRecords } from '../../../rent/jobs/index.ts';
import { createFileLog, createLineSplitter, type LogLine } from '../../../rent/remote/index.ts';
import type { Context } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Flags, readInteger } from '../flags.ts';
import { jobFilesOf } from '../job-files.ts';
import { openJobBooks } from '../jobs-session.ts';
import { findJob } from './job-find.ts';
import { isDriven } from './job-leader.ts';

interface Wish {
  readonly isFollowed: boolean;
  readonly isJson: boolean;
  /** Lines of the end; undefined for all. */
  readonly tail: number | undefined;
  /** Undefined for the last one, and with it for those that follow. */
  readonly attempt: number | undefined;
}

/** Between two looks at a record whose next attempt has not begun. */
const LOOK_MS = 1_000;

export async function jobLogs(context: Context, name: string, flags: Flags): Promise<void> {
  const { terminal, clock } = context;
  const optional = (flag: string, value: unknown, example: number) =>
    value === undefined ? undefined : readInteger(flag, value, { min: 1, max: 1_000_000, example });
  const wish: Wish = {
    isFollowed: flags.follow === true,
    isJson: flags.json === true,
    tail: optional('--tail', flags.tail, 100),
    attempt: optional('--attempt', flags.attempt, 1),
  };
  await using books = await openJobBooks(context);
  const record = await findJob(books.records, name);
  if (wish.attempt !== undefined && wish.attempt > record.attempt) {
    throw new UsageError(
      `${record.name} has ${record.attempt === 0 ? 'no attempt yet' : `attempts 1 to ${record.attempt}`}; there is no --attempt ${wish.attempt}`,
    );
  }
  if (record.attempt === 0 && !wish.isFollowed) {
    throw new NotFoundError(
      `${record.name} has no log yet: it is ${record.status} (${record.reason}); -f waits for it`,
    );
  }
  const isDriverMissing =
    wish.isFollowed && !isOver(record.status) && !(await isDriven(books.books.store, record, clock.now()));
  if (isDriverMissing) {
    terminal.err(
      `Nothing drives ${record.name} now, and its log grows only then: "vastdeck job wait ${record.name}" does, or "vastdeck up".\n`,
    );
  }
  try {
    await readAttempts(context, books.records, record, wish);
  } catch (error) {
    // The end of following is no failure.
    if (!terminal.interrupted.aborted || !wish.isFollowed) throw error;
  }
}

async function readAttempts(
  context: Context,
  records: JobRecords,
  found: JobRecord,
  wish: Wish,
): Promise<void> {
  const { clock, terminal } = context;
  let record = found;
  const refresh = async () => {
    record = (await records.get(record.id)) ?? record;
    return record;
  };
  let attempt = wish.attempt ?? record.attempt;
  while (attempt === 0) {
    await clock.sleep(LOOK_MS, terminal.interrupted);
    if (isOver((await refresh()).status) && record.attempt === 0) return;
    attempt = record.attempt;
  }
  for (;;) {
    const current = attempt;
    // What is written of an attempt is whole once its job is over or another attempt has begun.
    const isWritten = async () => {
      await refresh();
      return isOver(record.status) || record.attempt > current;
    };
    await readOne(context, record, current, { ...wish, isWritten });
    if (!wish.isFollowed || wish.attempt !== undefined || record.attempt === current) return;
    attempt = current + 1;
    terminal.err(`Attempt ${attempt} of ${record.name}:\n`);
  }
}

async function readOne(
  context: Context,
  { id, name }: JobRecord,
  attempt: number,
  { isFollowed, isJson, tail, isWritten }: Wish & { readonly isWritten: () => Promise<boolean> },
): Promise<void> {
  const { terminal, clock } = context;
  const signal = terminal.interrupted;
  const log = createFileLog({
    clock,
    file: jobFilesOf(context).logFile(id, attempt),
    isOver: isWritten,
  });
  const print = (lines: readonly LogLine[]) => {
    for (const { text, end } of lines) {
      if (isJson) terminal.out(`${JSON.stringify({ id, name, attempt, text })}\n`);
      else if (terminal.outIsTerminal) terminal.out(`${printable(text)}\n`);
      else terminal.out(`${text}${END_TEXTS[end]}`);
    }
  };
  let offset = 0;
  if (tail !== undefined) {
    let last: readonly LogLine[] = [];
    const lines = createLineSplitter();
    for await (const { bytes, offset: at } of log.read(0, { follow: false, signal })) {
      last = [...last, ...lines.push(bytes)].slice(-tail);
      offset = at + bytes.length;
    }
    // A last line that is not whole yet comes with what follows.
    const rest = lines.finish();
    if (isFollowed) offset = rest[0]?.offset ?? offset;
    print([...last, ...(isFollowed ? [] : rest)].slice(-tail));
    if (!isFollowed) return;
  }
  let lines = createLineSplitter({ offset });
  for await (const { bytes, restarted } of log.read(offset, { follow: isFollowed, signal })) {
    if (restarted) lines = createLineSplitter();
    print(lines.push(bytes));
  }
  print(lines.finish());
}

/** Bytes go on as they came where no person looks. */
const END_TEXTS: Readonly<Record<LogLine['end'], string>> = { newline: '\n', return: '\r', cut: '', end: '' };
