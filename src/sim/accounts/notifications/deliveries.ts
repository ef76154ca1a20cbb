// Sending webhooks: signed, at least once, and again after what may pass by itself.
import { createHash, createHmac } from 'node:crypto';
import type { Service } from '../../service.ts';
import { isLoopback, isPrivate, type Webhook } from './webhooks.ts';

export interface Notification {
  readonly eventId: string;
  readonly accountId: number;
  readonly slug: string;
  readonly subject: string;
  readonly message: string;
  /** Null when there is nothing to tell a program. */
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly atMs: number;
}

export interface DeliveryDeps {
  readonly service: Service;
  /** Undefined delivers nothing; the truth log still says what would have been. */
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly allowsLoopback: boolean;
}

export interface Deliveries {
  /** Sends it, and again when that may help; returns at once. */
  send(webhook: Webhook, notification: Notification): void;
  /** Sends it once; whether it was accepted. */
  sendOnce(webhook: Webhook, notification: Notification): Promise<boolean>;
}

type Outcome = 'accepted' | 'refused' | 'retry' | 'not-sent';

const TIMEOUT_MS = 10_000;
/** Waits before the next attempts. The service retries, but does not say when; these are our choice. */
const RETRY_WAITS_MS: readonly number[] = [10_000, 60_000, 300_000, 1_800_000];
const LARGEST_DATA_BYTES = 4_096;

export function createDeliveries({ service, fetch: call, allowsLoopback }: DeliveryDeps): Deliveries {
  const { agenda, truthLog, nowMs } = service;

  const attempt = async (webhook: Webhook, notification: Notification, number: number): Promise<Outcome> => {
    const { hostname } = new URL(webhook.url);
    const isReachable = !isPrivate(hostname) || (allowsLoopback && isLoopback(hostname));
    if (!call) return 'not-sent';
    if (!isReachable) return 'refused';
    const gaveUp = new AbortController();
    const timeout = agenda.plan(nowMs() + TIMEOUT_MS, () =>
      gaveUp.abort(new Error('The receiver took over 10 s')),
    );
    try {
      const { status } = await call(webhook.url, {
        ...signed(webhook, notification, number, nowMs()),
        method: 'POST',
        redirect: 'manual',
        signal: gaveUp.signal,
      });
      if (status >= 200 && status < 300) return 'accepted';
      return status === 408 || status === 429 || status >= 500 ? 'retry' : 'refused';
    } catch {
      // No connection, or no answer in time: both may pass.
      return 'retry';
    } finally {
      timeout.cancel();
    }
  };

  const note = (webhook: Webhook, { eventId, slug }: Notification, number: number, outcome: Outcome) =>
    truthLog.note(nowMs(), 'account', webhook.accountId, 'webhook_sent', {
      webhook_id: webhook.id,
      event_id: eventId,
      notif_type: slug,
      attempt: number,
      outcome,
    });

  const deliver = async (webhook: Webhook, notification: Notification, number: number): Promise<void> => {
    const outcome = await attempt(webhook, notification, number);
    note(webhook, notification, number, outcome);
    const waitMs = RETRY_WAITS_MS[number - 1];
    if (outcome !== 'retry' || waitMs === undefined) return;
    // What goes wrong in an attempt is an outcome of it: the promise never rejects.
    agenda.plan(nowMs() + waitMs, () => void deliver(webhook, notification, number + 1));
  };

  return {
    send: (webhook, notification) =>
      // Not within the event that it tells of, which is still happening.
      void agenda.plan(notification.atMs, () => void deliver(webhook, notification, 1)),
    async sendOnce(webhook, notification) {
      const outcome = await attempt(webhook, notification, 1);
      note(webhook, notification, 1, outcome);
      return outcome === 'accepted';
    },
  };
}

/** 32 hex digits, the same for the same event and account. */
export function eventIdOf(accountId: number, seq: number): string {
  return createHash('md5').update(`vastdeck event ${accountId} ${seq}`).digest('hex');
}

function signed(
  { secret }: Webhook,
  { eventId, accountId, slug, subject, message, data, atMs }: Notification,
  number: number,
  sentMs: number,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const isTooLarge = data !== null && Buffer.byteLength(JSON.stringify(data)) > LARGEST_DATA_BYTES;
  const body = JSON.stringify({
    event_id: eventId,
    user_id: accountId,
    notif_type: slug,
    subject,
    message,
    data: isTooLarge ? null : data,
    data_truncated: isTooLarge,
    timestamp: atMs / 1_000,
  });
  const timestamp = String(Math.floor(sentMs / 1_000));
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-vast-event-id': eventId,
      'x-vast-delivery-attempt': String(number),
      'x-vast-timestamp': timestamp,
      'x-vast-signature-256': `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
    },
  };
}
