// `vastdeck job logs`: the log of a job as it is kept here. Whoever drives the job writes it; this only reads, through the daemon
// or without one, also after the machine is gone.
import { printable } from '../../../base/std/index.ts';
import { createLineSplitter, type LogLine } from '../../../rent/remote/index.ts';
import type { JobDetail } from '../../http/protocol.ts';
import type { Context } from '../context.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { type Flags, readInteger } from '../flags.ts';
import { openSteadyApi, type SteadyApi } from '../steady-api.ts';
import { readLastLines, readLogPages } from './job-log-pages.ts';
import { isUnwatched } from './job-watcher.ts';

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
  const { terminal } = context;
  const optional = (flag: string, value: unknown, example: number) =>
    value === undefined ? undefined : readInteger(flag, value, { min: 1, max: 1_000_000, example });
  const wish: Wish = {
    isFollowed: flags.follow === true,
    isJson: flags.json === true,
    tail: optional('--tail', flags.tail, 100),
    attempt: optional('--attempt', flags.attempt, 1),
  };
  let lost = 0;
  await using api = await openSteadyApi(context, () => {
    lost += 1;
    if (lost === 1) terminal.err(LOST);
  });
  const job = await api.ask((client) => client.job(name, 'beginning'));
  if (wish.attempt !== undefined && wish.attempt > job.attempt) {
    throw new UsageError(
      `${job.name} has ${job.attempt === 0 ? 'no attempt yet' : `attempts 1 to ${job.attempt}`}; there is no --attempt ${wish.attempt}`,
    );
  }
  if (job.attempt === 0 && !wish.isFollowed) {
    throw new NotFoundError(
      `${job.name} has no log yet: it is ${job.status} (${job.reason}); -f waits for it`,
    );
  }
  if (wish.isFollowed && isUnwatched(context, job)) {
    terminal.err(
      `Nothing drives ${job.name} now, and its log grows only then: "vastdeck job wait ${job.name}" does, or "vastdeck up".\n`,
    );
  }
  try {
    await readAttempts(context, api, job, wish);
  } catch (error) {
    // The end of following is no failure.
    if (!terminal.interrupted.aborted || !wish.isFollowed) throw error;
  }
}

const LOST =
  'The daemon does not answer any more: the log is read without it, and grows only while something drives the job.\n';

async function readAttempts(context: Context, api: SteadyApi, found: JobDetail, wish: Wish): Promise<void> {
  const { clock, terminal } = context;
  let job = found;
  const refresh = async () => {
    job = await api.ask((client) => client.job(job.id));
  };
  let attempt = wish.attempt ?? job.attempt;
  while (attempt === 0) {
    await clock.sleep(LOOK_MS, terminal.interrupted);
    await refresh();
    if (job.isOver && job.attempt === 0) return;
    attempt = job.attempt;
  }
  for (;;) {
    await readOne(context, api, job, { ...wish, attempt });
    if (!wish.isFollowed || wish.attempt !== undefined) return;
    await refresh();
    if (job.attempt <= attempt) return;
    attempt += 1;
    terminal.err(`Attempt ${attempt} of ${job.name}:\n`);
  }
}

async function readOne(
  { clock, terminal }: Context,
  api: SteadyApi,
  { id, name }: Pick<JobDetail, 'id' | 'name'>,
  { isFollowed, isJson, tail, attempt }: Wish & { readonly attempt: number },
): Promise<void> {
  const signal = terminal.interrupted;
  const print = (lines: readonly LogLine[]) => {
    for (const { text, end } of lines) {
      if (isJson) terminal.out(`${JSON.stringify({ id, name, attempt, text })}\n`);
      else if (terminal.outIsTerminal) terminal.out(`${printable(text)}\n`);
      else terminal.out(`${text}${END_TEXTS[end]}`);
    }
  };
  let from = 0;
  if (tail !== undefined) {
    const { lines, rest, end } = await readLastLines(api, { id, attempt }, { count: tail, clock, signal });
    // A last line that is not whole yet comes with what follows.
    from = rest[0]?.offset ?? end;
    print([...lines, ...(isFollowed ? [] : rest)].slice(-tail));
    if (!isFollowed) return;
  }
  let lines = createLineSplitter({ offset: from });
  for await (const { bytes, isRestart } of readLogPages(
    api,
    { id, attempt },
    { from, isFollowed, clock, signal },
  )) {
    if (isRestart) lines = createLineSplitter();
    print(lines.push(bytes));
  }
  print(lines.finish());
}

/** Bytes go on as they came where no person looks. */
const END_TEXTS: Readonly<Record<LogLine['end'], string>> = { newline: '\n', return: '\r', cut: '', end: '' };
