// Webhooks: addresses to which the service sends what happens. At most 4, by https.
import { Secret } from '../../../base/std/index.ts';
import { done, malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { isId, isObject, msOrNull, textOrNull } from '../decode-fields.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';

export interface Webhook {
  readonly id: number;
  readonly name: string | null;
  readonly url: string;
  /** Like `client:low_credit`. */
  readonly events: readonly string[];
  readonly createdAtMs: number | null;
}

export interface WebhookWish {
  readonly name?: string;
  readonly url: string;
  readonly events: readonly string[];
}

/** The secret signs deliveries: `X-Vast-Signature-256` is the HMAC-SHA256 of `<X-Vast-Timestamp>.<body>`. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: Secret;
}

export interface WebhooksResource {
  list(options?: CallOptions): Promise<readonly Webhook[]>;
  create(wish: WebhookWish, options?: CallOptions): Promise<WebhookWithSecret>;
  update(webhookId: number, change: Partial<WebhookWish>, options?: CallOptions): Promise<Webhook>;
  remove(webhookId: number, options?: CallOptions): Promise<void>;
  rotateSecret(webhookId: number, options?: CallOptions): Promise<WebhookWithSecret>;
  /** Sends it a test. Throws InvalidRequestError when its address did not take it. */
  test(webhookId: number, options?: CallOptions): Promise<void>;
}

const ROUTE = '/webhooks/';
const ONE = '/webhooks/{id}/';

export function createWebhooks({
  send,
  write,
}: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): WebhooksResource {
  const lookUp = 'list the webhooks';
  return {
    list: (options) =>
      send(
        {
          method: 'GET',
          route: ROUTE,
          auth: 'key',
          decode: (json, answer) => rowsOf(json, 'webhooks', answer).map((row) => decodeWebhook(row, answer)),
        },
        options,
      ),
    create: (wish, options) =>
      write(
        { method: 'POST', route: ROUTE, body: bodyOf(wish), auth: 'key', lookUp, decode: withSecret },
        options,
      ),
    update: (webhookId, change, options) =>
      write(
        {
          method: 'PUT',
          route: ONE,
          ids: { id: webhookId },
          body: bodyOf(change),
          auth: 'key',
          isIdempotent: true,
          lookUp,
          decode: (json, answer) => decodeWebhook(objectOf(json, answer).webhook, answer),
        },
        options,
      ),
    remove: (webhookId, options) =>
      write(
        { method: 'DELETE', route: ONE, ids: { id: webhookId }, body: {}, auth: 'key', lookUp, decode: done },
        options,
      ),
    rotateSecret: (webhookId, options) =>
      write(
        {
          method: 'POST',
          route: '/webhooks/{id}/rotate-secret/',
          ids: { id: webhookId },
          body: {},
          auth: 'key',
          lookUp: 'rotate it again: the old secret may be void',
          decode: withSecret,
        },
        options,
      ),
    test: (webhookId, options) =>
      write(
        {
          method: 'POST',
          route: '/webhooks/{id}/test/',
          ids: { id: webhookId },
          body: {},
          auth: 'key',
          lookUp: 'look whether the test has arrived',
          decode: done,
        },
        options,
      ),
  };
}

function bodyOf({ name, url, events }: Partial<WebhookWish>): Readonly<Record<string, unknown>> {
  return {
    ...(name !== undefined && { name }),
    ...(url !== undefined && { webhook_url: url }),
    ...(events !== undefined && { event_types: events }),
  };
}

function withSecret(json: unknown, answer: AnswerFacts): WebhookWithSecret {
  const { webhook } = objectOf(json, answer);
  const secret = isObject(webhook) ? webhook.webhook_secret : undefined;
  if (typeof secret !== 'string' || secret === '') throw malformed('the secret of the webhook', answer);
  return { webhook: decodeWebhook(webhook, answer), secret: new Secret(secret) };
}

function decodeWebhook(row: unknown, answer: AnswerFacts): Webhook {
  if (!isObject(row) || !isId(row.id) || typeof row.webhook_url !== 'string') {
    throw malformed('id and URL of a webhook', answer);
  }
  const events: readonly unknown[] = Array.isArray(row.event_types) ? row.event_types : [];
  return {
    id: row.id,
    name: textOrNull(row.name),
    url: row.webhook_url,
    events: events.filter((event) => typeof event === 'string'),
    createdAtMs: msOrNull(row.created_at),
  };
}
