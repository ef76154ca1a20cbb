// What was done with the account's keys, by whom: the service's own log.
import { rowsOf } from '../answer-fields.ts';
import type { CallOptions } from '../api-call.ts';
import { msOrNull, numberOrNull, textOrNull } from '../decode-fields.ts';
import type { SendRead } from '../send-read.ts';

export interface AuditEntry {
  readonly atMs: number | null;
  readonly ipAddress: string | null;
  readonly apiKeyId: number | null;
  /** Method and path, or the service's name for what was called. */
  readonly route: string | null;
  /** What was sent, as far as the service shows it. */
  readonly args: unknown;
}

export interface AuditLogResource {
  /** In the service's order, which is the newest first. */
  list(options?: CallOptions): Promise<readonly AuditEntry[]>;
}

export function createAuditLog({ send }: { readonly send: SendRead }): AuditLogResource {
  return {
    list: (options) =>
      send(
        {
          method: 'GET',
          route: '/audit_logs/',
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'results', answer).map((row) => ({
              atMs: timeOf(row.created_at),
              ipAddress: textOrNull(row.ip_address),
              apiKeyId: numberOrNull(row.api_key_id),
              route: textOrNull(row.api_route),
              args: row.args ?? null,
            })),
        },
        options,
      ),
  };
}

/** Epoch seconds, or ISO 8601. */
function timeOf(value: unknown): number | null {
  if (typeof value !== 'string') return msOrNull(value);
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
