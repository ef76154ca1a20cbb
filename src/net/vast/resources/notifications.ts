// What the service tells the account by mail and by webhooks.
import { malformed, objectOf, rowsOf } from '../answer-fields.ts';
import type { AnswerFacts, CallOptions } from '../api-call.ts';
import { isObject, textOrNull } from '../decode-fields.ts';
import type { SendRead } from '../send-read.ts';
import type { SendWrite } from '../send-write.ts';
import { createWebhooks, type WebhooksResource } from './webhooks.ts';

export interface NotificationType {
  /** Like `client:low_credit`. */
  readonly key: string;
  readonly displayName: string | null;
  /** The mail cannot be switched off. */
  readonly isEmailMandatory: boolean;
}

export interface Channels {
  readonly email: boolean;
  readonly webhooks: boolean;
}

export interface NotificationsResource {
  types(options?: CallOptions): Promise<readonly NotificationType[]>;
  /** By key. */
  preferences(options?: CallOptions): Promise<ReadonlyMap<string, Channels>>;
  /** Replaces all of them: what is left out is as the service has it by default. Gives them as they are now. */
  setPreferences(
    preferences: ReadonlyMap<string, Channels>,
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, Channels>>;
  readonly webhooks: WebhooksResource;
}

const PREFERENCES = '/users/me/notification-prefs/';

export function createNotifications(deps: {
  readonly send: SendRead;
  readonly write: SendWrite;
}): NotificationsResource {
  const { send, write } = deps;
  return {
    webhooks: createWebhooks(deps),
    types: (options) =>
      send(
        {
          method: 'GET',
          route: '/notification-types/',
          auth: 'key',
          decode: (json, answer) =>
            rowsOf(json, 'notification_types', answer).map((row) => {
              if (typeof row.key !== 'string') throw malformed('keys of notifications', answer);
              return {
                key: row.key,
                displayName: textOrNull(row.display_name),
                isEmailMandatory: row.mandatory_email === true,
              };
            }),
        },
        options,
      ),
    preferences: (options) =>
      send({ method: 'GET', route: PREFERENCES, auth: 'key', decode: decodePreferences }, options),
    setPreferences: (preferences, options) =>
      write(
        {
          method: 'PUT',
          route: PREFERENCES,
          body: { notification_preferences: nested(preferences) },
          auth: 'key',
          isIdempotent: true,
          lookUp: 'read the preferences',
          decode: decodePreferences,
        },
        options,
      ),
  };
}

/** `client:low_credit` is `low_credit` in `client`. */
function nested(preferences: ReadonlyMap<string, Channels>): Readonly<Record<string, unknown>> {
  const contexts: Record<string, Record<string, Channels>> = {};
  for (const [key, channels] of preferences) {
    const [context = '', slug = ''] = key.split(':', 2);
    contexts[context] = { ...contexts[context], [slug]: channels };
  }
  return contexts;
}

function decodePreferences(json: unknown, answer: AnswerFacts): ReadonlyMap<string, Channels> {
  const contexts = objectOf(json, answer).notification_preferences;
  if (!isObject(contexts)) throw malformed('the preferences', answer);
  return new Map(
    Object.entries(contexts).flatMap(([context, slugs]) =>
      Object.entries(isObject(slugs) ? slugs : {}).map(([slug, channels]) => {
        const { email, webhooks } = isObject(channels) ? channels : {};
        return [`${context}:${slug}`, { email: email === true, webhooks: webhooks === true }] as const;
      }),
    ),
  );
}
