// What every channel is to the outbox: what it takes, how fast, and how a message becomes a request.
import type { Secret } from '../../base/std/index.ts';
import { type Alert, severityRank } from './alert.ts';
import type { Message } from './message.ts';
import type { ChannelOptions } from './options.ts';
import type { SendOutcome } from './send-outcome.ts';

/** One POST. The URL may hold a key: it is shown nowhere. */
export interface Post {
  readonly url: Secret;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Rate {
  /** Messages at once after a rest; the last of them summarises what is left. */
  readonly burst: number;
  readonly perMinute: number;
}

interface EveryChannel {
  readonly name: string;
  readonly type: ChannelOptions['type'];
  /** For sentences; never the path, which may be a key. */
  readonly host: string;
  readonly options: Pick<ChannelOptions, 'minSeverity' | 'kinds' | 'quietHours'>;
  readonly rate: Rate;
  /** What must not be seen in any text that comes back. */
  readonly secrets: readonly Secret[];
  /** Of one message, where it may take longer than others; default those of the outbox. */
  readonly timeoutMs?: number;
}

export interface HttpChannel extends EveryChannel {
  readonly kind: 'http';
  format(message: Message): Post;
  /** Whether a 2xx is the service's own: a portal in between answers 200 to everything. */
  isAccepted(answer: Answer): boolean;
  /** The wait that the body asks for, where the service says it there. */
  retryAfterMs?(answer: Answer): number | undefined;
  /** Whether a 400 is about the address and not about this message. */
  isAddressFault?(answer: Answer): boolean;
}

/** One that speaks no HTTP. */
export interface DirectChannel extends EveryChannel {
  readonly kind: 'direct';
  /** Leaves nothing running once the signal has ended; may throw what the far end did. */
  send(message: Message, signal: AbortSignal): Promise<SendOutcome>;
  /** What is missing here before anything can be sent, as a sentence with its remedy. */
  findLack(signal?: AbortSignal): Promise<string | undefined>;
}

export type Channel = HttpChannel | DirectChannel;

/** Whether the channel wants this alert. `test` goes to the one that is tested. */
export function takes(channel: Pick<Channel, 'options'>, alert: Pick<Alert, 'kind' | 'severity'>): boolean {
  const { minSeverity, kinds } = channel.options;
  if (severityRank(alert.severity) < severityRank(minSeverity)) return false;
  return kinds === undefined || kinds.includes(alert.kind);
}

export function rateOf(perMinute: number | undefined, standard: Rate): Rate {
  if (perMinute === undefined) return standard;
  return { perMinute, burst: Math.max(1, Math.min(standard.burst, Math.floor(perMinute))) };
}

export const JSON_TYPE = 'application/json; charset=utf-8';
