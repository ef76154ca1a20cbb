// A webhook of one's own: JSON, signed so that the receiver knows who sent it and when.
import { createHmac } from 'node:crypto';
import { formatIso, Secret } from '../../base/std/index.ts';
import type { QueuedAlert } from './alert.ts';
import { type HttpChannel, JSON_TYPE, rateOf } from './channel.ts';
import type { OptionsOf } from './options.ts';
import { oneLine, plainText } from './plain-text.ts';

/** A receiver is a program: it gets each alert whole, and bursts joined only when they are large. */
const RATE = { burst: 30, perMinute: 60 } as const;

export function webhookChannel(name: string, options: OptionsOf<'webhook'>): HttpChannel {
  const { host, pathname, search } = new URL(options.url.reveal());
  return {
    kind: 'http',
    name,
    type: 'webhook',
    host,
    options,
    rate: rateOf(options.perMinute, RATE),
    secrets: [
      options.secret,
      options.url,
      ...[`${pathname}${search}`, pathname, search]
        .filter((part) => part.length > 1)
        .map((part) => new Secret(part)),
    ],
    format(message) {
      const body = JSON.stringify({
        event_id: message.eventId,
        sent_at: formatIso(message.sentAtMs),
        alerts: message.alerts.map(alertJson),
      });
      const timestamp = String(Math.floor(message.sentAtMs / 1_000));
      return {
        url: options.url,
        headers: {
          'content-type': JSON_TYPE,
          'x-vastdeck-event-id': message.eventId,
          'x-vastdeck-attempt': String(message.attempt),
          'x-vastdeck-timestamp': timestamp,
          'x-vastdeck-signature-256': signature(options.secret, { timestamp, body }),
        },
        body,
      };
    },
    isAccepted: () => true,
  };
}

/** `sha256=` and the hex of HMAC-SHA256 over `<timestamp>.<body>`; the timestamp is in epoch seconds. */
function signature(secret: Secret, { timestamp, body }: { timestamp: string; body: string }): string {
  return `sha256=${createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')}`;
}

function alertJson(alert: QueuedAlert) {
  return {
    event_id: alert.eventId,
    key: alert.key,
    kind: alert.kind,
    severity: alert.severity,
    title: oneLine(alert.title),
    body: plainText(alert.body),
    at: formatIso(alert.atMs),
    figures: Object.fromEntries(
      Object.entries(alert.figures).map(([key, value]) => [
        key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        value,
      ]),
    ),
    actions: alert.actions,
  };
}
