// What a job does, as it happens: for people a live line a phase and then its log, for programs one JSON object an event.
import {
  formatDuration,
  formatIso,
  formatUsd,
  type MicroUsd,
  printable,
  usd,
} from '../../../base/std/index.ts';
import { isOver, type JobObserver, type JobRecord } from '../../../rent/jobs/index.ts';
import { createLineSplitter, type LineSplitter, type LogLine } from '../../../rent/remote/index.ts';
import type { Context } from '../context.ts';
import { progressLine } from '../output/progress.ts';
import { transferBar } from '../output/transfer-bar.ts';
import { type JobSources, jobFields, spentNow } from './job-row.ts';

/** A question may stand for hours. */
const MOST_HELD = 5_000;

export interface JobView {
  /** Of one job; events of several come in the order in which they happened. */
  observe(job: Pick<JobRecord, 'id' | 'name'>): JobObserver;
  /** Nothing is printed until `goOn`: a question stands there. */
  hold(): void;
  goOn(): void;
  /** All that happened is printed. */
  settle(): Promise<void>;
  end(): void;
}

export interface JobViewOptions {
  readonly format: 'text' | 'json';
  /** With several jobs each line says whose it is. */
  readonly isSeveral: boolean;
  /** Default true. */
  readonly showsLog?: boolean;
  readonly sources: JobSources;
}

export function createJobView(context: Context, options: JobViewOptions): JobView {
  const { terminal, clock } = context;
  const { format, isSeveral, showsLog = true, sources } = options;
  const progress = progressLine(context, { plainEveryMs: 60_000 });
  const isJson = format === 'json';
  let printed: Promise<void> = Promise.resolve();
  let isHeld = false;
  let held: (() => void)[] = [];
  let dropped = 0;
  /** What each job waits for. */
  const waiting = new Map<string, (nowMs: number) => string>();
  const showWaiting = () => {
    const [only] = waiting.values();
    if (!only) progress.end();
    else if (waiting.size === 1) progress.keepShowing(() => only(clock.now()));
    else
      progress.keepShowing(
        () => `${waiting.size} jobs: ${[...waiting.values()].map((of) => of(clock.now())).join(' · ')}`,
      );
  };
  const write = (print: () => void) => {
    if (!isHeld) print();
    else if (held.length < MOST_HELD) held.push(print);
    else dropped += 1;
  };
  const event = (fields: Readonly<Record<string, unknown>>) =>
    write(() => terminal.out(`${JSON.stringify({ at: formatIso(Math.trunc(clock.now())), ...fields })}\n`));
  const line = (text: string) =>
    write(() => {
      progress.end();
      terminal.err(`${printable(text)}\n`);
    });
  /** One after another, since some of it has to be looked up first. */
  const next = (act: () => Promise<void> | void) => {
    // Whoever settles sees its failure.
    printed = printed.then(act);
    printed.catch(() => {});
  };

  return {
    observe({ id, name }) {
      let shown: JobRecord | undefined;
      let attempt = 0;
      let seenBytes = 0;
      let lines: LineSplitter | undefined;
      const logLine = ({ text, end }: LogLine) => {
        if (isJson) return event({ event: 'log', id, name, attempt, text });
        write(() => {
          // A bar that is written over stays one on a terminal.
          if (end === 'return' && terminal.outIsTerminal) return progress.show(text);
          progress.end();
          const prefix = isSeveral ? `${name} | ` : '';
          terminal.out(`${prefix}${terminal.outIsTerminal ? printable(text) : text}\n`);
          if (waiting.size > 0) showWaiting();
        });
      };
      const changed = async (record: JobRecord) => {
        if (isJson) {
          const fields = await jobFields(sources, record, clock.now());
          event({ event: isOver(record.status) ? 'ended' : 'status', ...fields });
          return;
        }
        const isNew = record.status !== shown?.status;
        shown = record;
        if (isOver(record.status)) {
          for (const rest of lines?.finish() ?? []) logLine(rest);
          lines = undefined;
        }
        if (isNew) line(phaseSentence(record, await spentNow(sources, record, clock.now())));
        const isQuiet = isOver(record.status) || (record.status === 'running' && showsLog);
        write(() => {
          if (isQuiet) waiting.delete(id);
          else
            waiting.set(
              id,
              (nowMs) => `${name}: ${record.reason} (${formatDuration(nowMs - record.sinceMs)})`,
            );
          showWaiting();
        });
      };
      return {
        onChange: (record) => next(() => changed(record)),
        onLog: ({ bytes, offset, restarted }, of) => {
          if (!showsLog) return;
          next(() => {
            if (of !== attempt || restarted || !lines) {
              for (const rest of lines?.finish() ?? []) logLine(rest);
              lines = createLineSplitter({ offset });
              attempt = of;
              seenBytes = offset;
            }
            // Whoever takes over from another process may begin before where that one was.
            const fresh = bytes.subarray(Math.max(0, seenBytes - offset));
            seenBytes = Math.max(seenBytes, offset + bytes.length);
            for (const each of lines.push(fresh)) logLine(each);
          });
        },
        onTransfer: (what, told) =>
          next(() => {
            if (!isJson) write(() => progress.show(`${name}: ${what} ${transferBar(told)}`));
          }),
      };
    },
    hold() {
      progress.end();
      isHeld = true;
    },
    goOn() {
      isHeld = false;
      const prints = held;
      held = [];
      for (const print of prints) print();
      if (dropped > 0) terminal.err(`${dropped} more lines came meanwhile; "vastdeck job logs" has them.\n`);
      dropped = 0;
      showWaiting();
    },
    settle: () => printed,
    end: () => progress.end(),
  };
}

function phaseSentence({ name, status, reason }: JobRecord, spent: MicroUsd): string {
  const cost = isOver(status) ? `, ${formatUsd(usd(spent))} spent` : '';
  return `${name} is ${status}${reason === '' ? '' : `: ${reason}`}${cost}.`;
}
