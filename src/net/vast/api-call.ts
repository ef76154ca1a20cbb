// One call of the API as data: what every sender takes, and what it tells of the answer.
import type { Clock, Limiter, Log, Priority, Random, Secret } from '../../base/std/index.ts';

export interface ApiCall<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /**
   * Below the base URL, with the slashes at both ends: `/bundles/`. Names in braces stand for `ids`, so that the calls
   * for all instances share one interval; `/v1/…` is the second version of the API.
   */
  readonly route: string;
  readonly ids?: Readonly<Record<string, number>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `none` for what anybody may ask. */
  readonly auth: 'key' | 'none';
  /** The field of a long list of rows: `decode` gets it as an iterable that is to be read once. */
  readonly rowsField?: string;
  /** Whether an answer with `success: false` is one that `decode` understands; by default none is. */
  readonly isAnswer?: (json: Readonly<Record<string, unknown>>) => boolean;
  /** Turns the JSON into our types; throws MalformedAnswerError. */
  readonly decode: (json: unknown, answer: AnswerFacts) => T;
  /** Who goes first at the limiter when the caller does not say; default that of the client. */
  readonly priority?: Priority;
}

export interface AnswerFacts {
  readonly endpoint: string;
  readonly status: number;
  /** Length of the body after decompression. */
  readonly bytes: number;
  /** When the last byte had come. */
  readonly receivedAtMs: number;
  /** When the answer was recorded, where a simulator serves a recording; undefined for everybody else. */
  readonly replayAtMs: number | undefined;
}

export interface CallOptions {
  /** Ends the wait, the call or the reading of its body; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Who goes first at the limiter; default that of the client. */
  readonly priority?: Priority | undefined;
  /**
   * Called when its turn has come, right before it leaves; what it throws keeps it from being sent. A turn may take
   * long to come, and what was decided before may not hold any more.
   */
  readonly beforeSend?: (() => Promise<void>) | undefined;
}

export interface SenderDeps {
  readonly baseUrl: URL;
  readonly apiKey: Secret | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limiter: Limiter;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly priority: Priority;
  readonly pace: Pace;
}

/**
 * `published`: never faster than the service's documented intervals. `learned`: as fast as the other side allows,
 * and no faster than it has ever said; for simulators and recordings, whose limits are somebody's choice.
 */
export const PACES = ['published', 'learned'] as const;
export type Pace = (typeof PACES)[number];
