// One message sent once: the request, its time limit, and what the answer means. Retries are the outbox's.
import type { Clock } from '../../base/std/index.ts';
import type { Answer, Channel, HttpChannel } from './channel.ts';
import type { Message } from './message.ts';
import { cutText, oneLine, units } from './plain-text.ts';
import { later, type SendOutcome } from './send-outcome.ts';

export interface SendDeps {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer says what is wrong in its first lines. */
const ANSWER_BYTES_MAX = 4_096;
const EXCERPT_MAX = 160;
/** Shorter ones (a topic named `gpu`) hide nothing and would star out half of the sentence. */
const SECRET_LENGTH_MIN = 4;

/** Never throws but the signal's reason; its sentences hold no secret of the channel. */
export async function sendMessage(channel: Channel, message: Message, deps: SendDeps): Promise<SendOutcome> {
  const { clock, signal } = deps;
  const timeoutMs = Math.max(deps.timeoutMs, channel.timeoutMs ?? 0);
  signal?.throwIfAborted();
  const interrupt = new AbortController();
  // A far end that ignores the signal must not hold the channel: the interruption itself is raced.
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => {});
  const stop = (reason: unknown) => {
    interrupted.reject(reason);
    interrupt.abort(reason);
  };
  const onAbort = () => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = clock.setTimer(timeoutMs, () =>
    stop(new Error(`no whole answer within ${timeoutMs / 1_000} s`)),
  );
  try {
    const sent =
      channel.kind === 'http'
        ? posted(channel, message, { deps, signal: interrupt.signal })
        : channel.send(message, interrupt.signal);
    return withoutSecrets(channel, await Promise.race([interrupted.promise, sent]));
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const cause = interrupt.signal.aborted ? interrupt.signal.reason : error;
    return later('failing', `${channel.host} did not answer (${shown(channel, innermost(cause))})`);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

function withoutSecrets(channel: Channel, outcome: SendOutcome): SendOutcome {
  if (outcome.kind === 'sent' || channel.kind === 'http') return outcome;
  return { ...outcome, reason: shown(channel, outcome.reason) };
}

async function posted(channel: HttpChannel, message: Message, how: PostHow): Promise<SendOutcome> {
  const { answer, retryAfter } = await exchange(channel, message, how);
  return outcomeOf(channel, answer, headerWaitMs(retryAfter, how.deps.clock.now()));
}

interface PostHow {
  readonly deps: SendDeps;
  readonly signal: AbortSignal;
}

async function exchange(
  channel: HttpChannel,
  message: Message,
  { deps, signal }: PostHow,
): Promise<{ answer: Answer; retryAfter: string | null }> {
  const { url, headers, body } = channel.format(message);
  const response = await deps.fetch(url.reveal(), {
    method: 'POST',
    headers: { 'user-agent': 'vastdeck', ...headers },
    body,
    signal,
    // A redirect would carry the words, and perhaps the token, to somebody else.
    redirect: 'manual',
  });
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    bytes += piece.byteLength;
    if (bytes >= ANSWER_BYTES_MAX) break;
  }
  const text = new TextDecoder().decode(Buffer.concat(pieces).subarray(0, ANSWER_BYTES_MAX));
  return { answer: { status: response.status, text }, retryAfter: response.headers.get('retry-after') };
}

/** Statuses that say that this very message is wrong. */
const MESSAGE_FAULTS = new Set([400, 413, 415, 422]);
const PASSING = new Set([408, 425, 429]);

function outcomeOf(channel: HttpChannel, answer: Answer, headerMs: number | undefined): SendOutcome {
  const { status } = answer;
  const isTwoHundred = status >= 200 && status < 300;
  if (isTwoHundred && channel.isAccepted(answer)) return { kind: 'sent' };
  const reason = `${channel.host} answered ${status}: ${shown(channel, answer.text) || 'nothing'}`;
  const retryAfterMs = channel.retryAfterMs?.(answer) ?? headerMs;
  if (MESSAGE_FAULTS.has(status) && !channel.isAddressFault?.(answer)) return { kind: 'rejected', reason };
  const health = isTwoHundred || status >= 500 || PASSING.has(status) ? 'failing' : 'refused';
  return { kind: 'later', health, reason, retryAfterMs };
}

/** Seconds or an HTTP date. */
function headerWaitMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function shown(channel: Channel, text: string): string {
  const clean = channel.secrets
    .map((secret) => secret.reveal())
    .filter((secret) => secret.length >= SECRET_LENGTH_MIN)
    .reduce((left, secret) => left.replaceAll(secret, '****'), text);
  return cutText(oneLine(clean), EXCERPT_MAX, units);
}

/** `fetch failed` says nothing; its innermost cause does. */
function innermost(error: unknown): string {
  let inner: unknown = error;
  for (let depth = 0; depth < 5 && inner instanceof Error && inner.cause !== undefined; depth += 1) {
    inner = inner.cause;
  }
  if (!(inner instanceof Error)) return String(inner);
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : '';
  return [code, inner.message].filter(Boolean).join(': ');
}
