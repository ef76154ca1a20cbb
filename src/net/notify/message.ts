// One message to one channel: a single alert, or a burst of them summarised.
import { createHash } from 'node:crypto';
import type { QueuedAlert, Severity } from './alert.ts';
import { cutText, type Measure, oneLine, plainText } from './plain-text.ts';

export interface Message {
  /** The alert's own; for a summary made of those in it, so that the same summary has the same id. */
  readonly eventId: string;
  /** The most severe first; at least one. */
  readonly alerts: readonly [QueuedAlert, ...QueuedAlert[]];
  /** 1 at the first try. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly sentAtMs: number;
}

export function messageId(alerts: readonly QueuedAlert[]): string {
  const ids = alerts.map((alert) => alert.eventId).sort();
  if (ids.length === 1 && ids[0] !== undefined) return ids[0];
  return `summary_${createHash('sha256').update(ids.join(' ')).digest('hex').slice(0, 24)}`;
}

/** The words for people, cut to what a channel takes. */
export interface MessageText {
  readonly severity: Severity;
  readonly title: string;
  readonly body: string;
  /** Each on a line of its own, the command last. */
  readonly actions: readonly { readonly what: string; readonly command: string }[];
}

export interface TextLimits {
  readonly title: number;
  /** Of body and actions together. */
  readonly rest: number;
  readonly measure: Measure;
}

/** More commands than these nobody types from a telephone. */
const ACTIONS_MAX = 4;

/** Commands are what must arrive whole: where room is short, it is the body that is cut. */
export function messageText(
  { alerts }: Pick<Message, 'alerts'>,
  { title, rest, measure }: TextLimits,
): MessageText {
  const [first] = alerts;
  const more = alerts.length - 1;
  const suffix = more > 0 ? `, and ${more} more` : '';
  const actions: { what: string; command: string }[] = [];
  let left = rest;
  for (const action of first.actions.slice(0, ACTIONS_MAX)) {
    const clean = { what: oneLine(action.what), command: oneLine(action.command) };
    const size = measure(clean.what) + measure(clean.command) + ACTION_OVERHEAD;
    // Half of the room belongs to the body; a command cut short would do something else.
    if (left - size < rest / 2) continue;
    left -= size;
    actions.push(clean);
  }
  return {
    severity: first.severity,
    title: cutText(oneLine(first.title), title - measure(suffix), measure) + suffix,
    body: more > 0 ? summary(alerts, left, measure) : cutText(plainText(first.body), left, measure),
    actions,
  };
}

/** What channels put around a command: a line end and a few signs. */
const ACTION_OVERHEAD = 16;
/** A title in a summary, so that one long one does not push out the others. */
const SUMMARY_LINE_MAX = 200;

/** One line an alert, as many as fit, then how many did not. */
function summary(alerts: Message['alerts'], limit: number, measure: Measure): string {
  const lines = alerts.map(
    (alert) => `${alert.severity}: ${cutText(oneLine(alert.title), SUMMARY_LINE_MAX, measure)}`,
  );
  const kept: string[] = [];
  let used = 0;
  for (const [index, line] of lines.entries()) {
    const tail = `and ${lines.length - index} more`;
    const isLast = index === lines.length - 1;
    if (used + measure(line) + 1 + (isLast ? 0 : measure(tail) + 1) > limit) {
      kept.push(tail);
      break;
    }
    used += measure(line) + 1;
    kept.push(line);
  }
  return kept.join('\n');
}
