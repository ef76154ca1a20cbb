// What Ctrl-C asks a person who watches jobs: leave them to the daemon, end them, or go on; and the words for what goes on
// without this program.
import { formatUsd, type MicroUsd, usd } from '../../../base/std/index.ts';
import { isOver, type JobRecord } from '../../../rent/jobs/index.ts';
import { askLine } from '../consent.ts';
import type { Context } from '../context.ts';
import { EXIT_CODES } from '../errors.ts';
import type { JobsSession } from '../jobs-session.ts';
import { Interrupted } from '../process.ts';
import { lendToDaemon } from './job-hand-over.ts';
import { spentNow } from './job-row.ts';
import type { JobView } from './job-view.ts';
import { ensureWatcher, presentWatcher, watcherSentence } from './job-watcher.ts';

export interface QuestionOptions {
  readonly records: readonly JobRecord[];
  readonly view: JobView;
  readonly leave: (sentence: string) => void;
}

export interface Question {
  readonly ask: () => void;
  /** Nobody needs an answer any more; resolves when the terminal is free. */
  close(): Promise<void>;
}

/** Asked at Ctrl-C; while it stands, another Ctrl-C ends the program and leaves the jobs as they are. */
export function createQuestion(
  context: Context,
  session: JobsSession,
  { records, view, leave }: QuestionOptions,
): Question {
  const { terminal } = context;
  const closing = new AbortController();
  let asking: Promise<void> | undefined;
  const asked = async () => {
    const now = await readAgain(session, records);
    const live = now.filter(({ status }) => !isOver(status));
    if (live.length === 0) return;
    const nowMs = context.clock.now();
    const states = await Promise.all(
      live.map(async (record) => stateSentence(record, await spentNow(session, record, nowMs))),
    );
    const answer = await askLine(context, `${states.join('\n')}\n${CHOICES}`, closing.signal);
    if (/^d(etach)?$/i.test(answer.trim())) {
      if (!presentWatcher(context)) terminal.err('Starting a daemon…\n');
      const watcher = await ensureWatcher(context);
      await lendToDaemon(context, live);
      leave(watcherSentence(watcher));
    } else if (/^c(ancel)?$/i.test(answer.trim())) {
      for (const { id } of live) await session.jobs.cancel(id);
      terminal.err('Cancelling: what it made is fetched first, then its machine is destroyed.\n');
    } else if (closing.signal.aborted) {
      terminal.err('\n');
    }
  };
  return {
    ask() {
      if (asking) return;
      view.hold();
      asking = asked()
        .catch((error: unknown) => {
          if (error instanceof Interrupted) {
            leave(whoWatches(context));
            context.endWith(EXIT_CODES.interrupted);
          } else terminal.err(`${(error as Error).message}\n`);
        })
        .finally(() => {
          asking = undefined;
          view.goOn();
        });
    },
    async close() {
      closing.abort();
      await asking;
    },
  };
}

const CHOICES = 'd detaches, c cancels, Enter goes on, Ctrl-C leaves it as it is: ';

function stateSentence({ name, status, reason }: JobRecord, spent: MicroUsd): string {
  return `${name} is ${status} (${reason}), ${formatUsd(usd(spent))} spent so far.`;
}

export async function readAgain({ records: store }: JobsSession, records: readonly JobRecord[]) {
  return await Promise.all(records.map(async (record) => (await store.get(record.id)) ?? record));
}

export function whoWatches(context: Context): string {
  const watcher = presentWatcher(context);
  return watcher ? watcherSentence(watcher) : 'nobody watches it now';
}

export function goesOnSentence(
  { name, status }: { readonly name: string; readonly status: string },
  who: string,
): string {
  return `${name} is ${status}, and ${who}: "vastdeck job logs -f ${name}" reads along, "vastdeck job wait ${name}" stays until its end, "vastdeck job cancel ${name}" ends it.`;
}
