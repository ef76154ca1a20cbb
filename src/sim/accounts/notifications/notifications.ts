// Notifications: the truth log read as news, and sent to the webhooks that want them.
import type { Route } from '../../api/route.ts';
import type { Service } from '../../service.ts';
import { createDeliveries, eventIdOf } from './deliveries.ts';
import { createNewsReader, type Owners } from './news.ts';
import { notificationRoutes } from './notification-routes.ts';
import { NOTIFICATION_TYPES } from './notification-types.ts';
import { createPreferences } from './preferences.ts';
import { createWebhooks } from './webhooks.ts';

export interface NotificationDeps {
  readonly service: Service;
  readonly seed: string;
  readonly owners: Owners;
  /** What deliveries go through; undefined delivers none. */
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Whether plain http to a loopback address is taken, which the service refuses. */
  readonly allowsLoopback: boolean;
}

/** Follows the truth log from now on; returns the routes. */
export function createNotifications(deps: NotificationDeps): readonly Route[] {
  const { service, seed, owners, fetch, allowsLoopback } = deps;
  const preferences = createPreferences();
  const webhooks = createWebhooks({ seed, allowsLoopback });
  const deliveries = createDeliveries({ service, fetch, allowsLoopback });
  const read = createNewsReader(owners);
  service.truthLog.follow((event) => {
    for (const { accountId, key, message, data } of read(event)) {
      if (!preferences.wantsWebhooks(accountId, key)) continue;
      const type = NOTIFICATION_TYPES.find((each) => each.key === key);
      if (!type) continue;
      for (const webhook of webhooks.of(accountId)) {
        if (!webhook.events.includes(key)) continue;
        deliveries.send(webhook, {
          eventId: eventIdOf(accountId, event.seq),
          accountId,
          slug: type.slug,
          subject: type.displayName,
          message,
          data,
          atMs: event.atMs,
        });
      }
    }
  });
  return notificationRoutes({ preferences, webhooks, deliveries });
}
