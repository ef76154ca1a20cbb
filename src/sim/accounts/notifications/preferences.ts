// Which channels an account wants each notification through.
import { ApiError } from '../../api/api-error.ts';
import type { Account } from '../account.ts';
import { NOTIFICATION_TYPES } from './notification-types.ts';

const CHANNELS = ['email', 'webhooks'] as const;
type Channel = (typeof CHANNELS)[number];
type Channels = Record<Channel, boolean>;

export interface Preferences {
  /** Of every type, by context and slug, as on the wire. */
  shown(account: Account): Readonly<Record<string, Readonly<Record<string, Channels>>>>;
  /** What is left out is as by default. Throws ApiError 400 for contexts, types and channels that there are none of. */
  replace(account: Account, given: unknown): void;
  wantsWebhooks(accountId: number, key: string): boolean;
  /** Switches webhooks on; returns the keys for which they were off. */
  enableWebhooks(account: Account, keys: readonly string[]): readonly string[];
}

export const DEFAULT_CHANNELS: Readonly<Channels> = { email: true, webhooks: false };

export function createPreferences(): Preferences {
  const byAccount = new Map<number, Map<string, Channels>>();
  const of = (accountId: number) => {
    const own = byAccount.get(accountId) ?? new Map<string, Channels>();
    byAccount.set(accountId, own);
    return own;
  };
  const channelsOf = (accountId: number, key: string): Channels =>
    of(accountId).get(key) ?? { ...DEFAULT_CHANNELS };

  return {
    shown({ id }) {
      const contexts: Record<string, Record<string, Channels>> = {};
      for (const { context, slug, key } of NOTIFICATION_TYPES) {
        contexts[context] ??= {};
        contexts[context][slug] = channelsOf(id, key);
      }
      return contexts;
    },
    replace({ id }, given) {
      const next = new Map<string, Channels>();
      for (const [context, slugs] of entriesOf(given, 'notification_preferences')) {
        for (const [slug, channels] of entriesOf(slugs, context)) {
          const type = NOTIFICATION_TYPES.find(({ key }) => key === `${context}:${slug}`);
          if (!type) throw invalid(`there is no notification ${context}:${slug}`);
          const chosen = { ...DEFAULT_CHANNELS };
          for (const [name, isOn] of entriesOf(channels, slug)) {
            const channel = CHANNELS.find((each) => each === name);
            if (!channel || typeof isOn !== 'boolean')
              throw invalid(`${slug}.${name} is no channel that is true or false`);
            chosen[channel] = isOn;
          }
          if (type.isEmailMandatory) chosen.email = true;
          next.set(type.key, chosen);
        }
      }
      byAccount.set(id, next);
    },
    wantsWebhooks: (accountId, key) => channelsOf(accountId, key).webhooks,
    enableWebhooks({ id }, keys) {
      const off = keys.filter((key) => !channelsOf(id, key).webhooks);
      for (const key of off) of(id).set(key, { ...channelsOf(id, key), webhooks: true });
      return off;
    },
  };
}

function entriesOf(value: unknown, name: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw invalid(`${name} is no object`);
}

function invalid(what: string): ApiError {
  return new ApiError(400, 'invalid_args', `Invalid notification preferences: ${what}.`);
}
