// Jobs driven by this process until they are over, with what they do on the screen; their machines are looked after
// beside it. Ctrl-C on a terminal asks what is meant.
import { formatIso } from '../../../base/std/index.ts';
import { isOver, type JobRecord } from '../../../rent/jobs/index.ts';
import type { Context } from '../context.ts';
import { describeFailure } from '../failure.ts';
import type { JobsSession } from '../jobs-session.ts';
import { createQuestion, goesOnSentence, readAgain, whoWatches } from './job-question.ts';
import { jobFields } from './job-row.ts';
import { createJobView } from './job-view.ts';

export interface DriveChoices {
  readonly format: 'text' | 'json';
  /** Default true. */
  readonly showsLog?: boolean;
  /** Ends the driving of a job, which goes on; default nothing does. */
  readonly isEnough?: (record: JobRecord) => boolean;
  /** Ends the driving of all, with its reason. */
  readonly signal?: AbortSignal;
}

export interface Driven {
  /** In the order in which they were given, as they are now. */
  readonly records: readonly JobRecord[];
  /** They go on without this program; undefined when they were seen to their end. */
  readonly left: string | undefined;
}

/** Rejects with the signal's reason where the program is ended, after it said what goes on. */
export async function driveJobs(
  context: Context,
  session: JobsSession,
  records: readonly JobRecord[],
  choices: DriveChoices,
): Promise<Driven> {
  const { terminal, log } = context;
  const { jobs, renting } = session;
  const leaving = new AbortController();
  const signal = AbortSignal.any([terminal.interrupted, leaving.signal, ...[choices.signal ?? []].flat()]);
  const view = createJobView(context, {
    format: choices.format,
    isSeveral: records.length > 1,
    sources: session,
    ...(choices.showsLog !== undefined && { showsLog: choices.showsLog }),
  });
  const beside = renting.controller.run(signal).catch((error: unknown) => {
    if (!signal.aborted) log.error('rentals are not looked after any more', { error });
  });
  const question = createQuestion(context, session, {
    records,
    view,
    leave: (left) => leaving.abort(new Left(left)),
  });
  const stopListening = terminal.inIsTerminal ? terminal.onInterrupt(() => question.ask()) : () => {};
  const enough = new Set<string>();
  const driveOne = async (record: JobRecord): Promise<void> => {
    const isDone = new AbortController();
    const observer = view.observe(record);
    // What it is now is told too: the next change may be long in coming.
    observer.onChange?.(record);
    try {
      await jobs.drive(record.id, {
        ...observer,
        onChange: (changed) => {
          observer.onChange?.(changed);
          if (choices.isEnough?.(changed) !== true) return;
          enough.add(record.id);
          isDone.abort();
        },
        signal: AbortSignal.any([signal, isDone.signal]),
      });
    } catch (error) {
      if (!enough.has(record.id)) throw error;
    }
  };
  try {
    const ends = await Promise.allSettled(records.map(driveOne));
    await question.close();
    await view.settle();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed && !(leaving.signal.reason instanceof Left)) throw failed.reason;
  } catch (error) {
    const { sentence } = describeFailure(error);
    if (terminal.interrupted.aborted || choices.format === 'json')
      await tellWhatGoesOn(context, session, records, { format: choices.format, sentence });
    throw error;
  } finally {
    stopListening();
    leaving.abort();
    await beside;
    view.end();
  }
  const { reason } = leaving.signal;
  return {
    records: await readAgain(session, records),
    left:
      reason instanceof Left
        ? reason.sentence
        : enough.size > 0
          ? 'it ends itself, and nobody watches'
          : undefined,
  };
}

/** Why the driving ended while the jobs go on. */
class Left extends Error {
  override name = 'Left';
  readonly sentence: string;

  constructor(sentence: string) {
    super(sentence);
    this.sentence = sentence;
  }
}

/** After an interruption that nobody was asked about, and, for programs, when it cannot be driven on from here. */
async function tellWhatGoesOn(
  context: Context,
  session: JobsSession,
  records: readonly JobRecord[],
  { format, sentence }: { readonly format: DriveChoices['format']; readonly sentence: string },
): Promise<void> {
  const who = whoWatches(context);
  const { terminal, clock } = context;
  const nowMs = Math.trunc(clock.now());
  for (const record of await readAgain(session, records)) {
    if (isOver(record.status)) continue;
    if (format === 'text') terminal.err(`${goesOnSentence(record, who)}\n`);
    else {
      const fields = { ...(await jobFields(session, record, nowMs)), watched_by: who };
      const event = {
        at: formatIso(nowMs),
        event: 'detached',
        ...fields,
        ...(sentence && { error: sentence }),
      };
      terminal.out(`${JSON.stringify(event)}\n`);
    }
  }
}
