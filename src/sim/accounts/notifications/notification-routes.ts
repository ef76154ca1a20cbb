// Notifications over the wire: their types, what an account wants, its webhooks.
import { ApiError } from '../../api/api-error.ts';
import { jsonReply } from '../../api/replies.ts';
import type { Call, Route } from '../../api/route.ts';
import { requireSelf } from '../user-routes.ts';
import { type Deliveries, eventIdOf } from './deliveries.ts';
import { NOTIFICATION_TYPES } from './notification-types.ts';
import { DEFAULT_CHANNELS, type Preferences } from './preferences.ts';
import { type Webhook, type Webhooks, webhookRow } from './webhooks.ts';

export interface NotificationRouteDeps {
  readonly preferences: Preferences;
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
}

const PREFS = '/api/v0/users/:id/notification-prefs';
const WEBHOOKS = '/api/v0/webhooks';

export function notificationRoutes(deps: NotificationRouteDeps): readonly Route[] {
  const { preferences, webhooks, deliveries } = deps;
  const read = { method: 'GET', scope: 'user_read' } as const;
  const write = { scope: 'user_write' } as const;
  const withSecret = (webhook: Webhook) => ({ ...webhookRow(webhook), webhook_secret: webhook.secret });
  const own = ({ caller, params }: Call) => webhooks.get(caller.account, params.id);
  return [
    {
      ...read,
      path: '/api/v0/notification-types',
      intervalSec: 2,
      summary: 'Everything that one can be notified of.',
      handle: () => jsonReply({ success: true, notification_types: NOTIFICATION_TYPES.map(typeRow) }),
    },
    {
      ...read,
      path: PREFS,
      summary: 'Through which channels the account wants each of them.',
      handle: ({ caller, params }: Call) => {
        requireSelf(caller.account, params.id);
        return jsonReply({ success: true, notification_preferences: preferences.shown(caller.account) });
      },
    },
    {
      ...write,
      method: 'PUT',
      path: PREFS,
      summary: 'Replaces them: `{"client": {"low_credit": {"email": true, "webhooks": false}}}`.',
      handle: ({ caller, params, body }: Call) => {
        requireSelf(caller.account, params.id);
        preferences.replace(caller.account, body.notification_preferences);
        return jsonReply({ success: true, notification_preferences: preferences.shown(caller.account) });
      },
    },
    {
      ...read,
      path: WEBHOOKS,
      summary: 'The account’s webhooks, without their secrets.',
      handle: ({ caller }: Call) =>
        jsonReply({ success: true, webhooks: webhooks.of(caller.account.id).map(webhookRow) }),
    },
    {
      ...write,
      method: 'POST',
      path: WEBHOOKS,
      summary: 'Sets one up, of 4 at most; the answer holds the secret that signs its deliveries.',
      handle: ({ caller, body, nowMs }: Call) => {
        const webhook = webhooks.add(caller.account, body, nowMs);
        const enabled = preferences.enableWebhooks(caller.account, webhook.events);
        return jsonReply({
          success: true,
          webhook: withSecret(webhook),
          enabled_notification_preferences: enabled,
        });
      },
    },
    {
      ...write,
      method: 'PUT',
      path: `${WEBHOOKS}/:id`,
      summary: 'Changes its name, URL or events.',
      handle: (call: Call) => {
        const webhook = own(call);
        webhooks.update(webhook, call.body, call.nowMs);
        const enabled = preferences.enableWebhooks(call.caller.account, webhook.events);
        return jsonReply({
          success: true,
          webhook: webhookRow(webhook),
          enabled_notification_preferences: enabled,
        });
      },
    },
    {
      ...write,
      method: 'DELETE',
      path: `${WEBHOOKS}/:id`,
      summary: 'Removes it.',
      handle: (call: Call) => {
        webhooks.remove(own(call));
        return jsonReply({ success: true });
      },
    },
    {
      ...write,
      method: 'POST',
      path: `${WEBHOOKS}/:id/rotate-secret`,
      summary: 'Gives it another secret, shown this once.',
      handle: (call: Call) => {
        const webhook = own(call);
        webhooks.rotate(webhook, call.nowMs);
        return jsonReply({ success: true, webhook: withSecret(webhook) });
      },
    },
    {
      ...write,
      method: 'POST',
      path: `${WEBHOOKS}/:id/test`,
      summary: 'Sends it a `webhook_test`, once.',
      handle: async (call: Call) => {
        const webhook = own(call);
        const isAccepted = await deliveries.sendOnce(webhook, {
          eventId: eventIdOf(webhook.accountId, -Math.floor(call.nowMs)),
          accountId: webhook.accountId,
          slug: 'webhook_test',
          subject: 'Webhook test',
          message: 'This is a test of your webhook.',
          data: null,
          atMs: call.nowMs,
        });
        if (isAccepted) return jsonReply({ success: true, msg: 'Test webhook delivered' });
        throw new ApiError(400, 'invalid_request', 'The test was not accepted by the webhook’s URL.');
      },
    },
  ];
}

function typeRow(type: (typeof NOTIFICATION_TYPES)[number]): Readonly<Record<string, unknown>> {
  return {
    key: type.key,
    slug: type.slug,
    context: type.context,
    topic: type.topic,
    category: type.topic,
    display_name: type.displayName,
    default_preferences: DEFAULT_CHANNELS,
    mandatory_email: type.isEmailMandatory,
  };
}
