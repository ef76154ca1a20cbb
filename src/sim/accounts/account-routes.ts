// All routes of accounts, and what accounts must be told of instances for them.
import type { Route } from '../api/route.ts';
import type { Instances } from '../instances/create-instances.ts';
import type { World } from '../market/world.ts';
import type { WebhookOptions } from '../types.ts';
import type { AccountDeps } from './account-deps.ts';
import { apiKeyRoutes } from './api-key-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { connectionRoutes } from './connection-routes.ts';
import { listingRoutes } from './listing-routes.ts';
import { createNotifications } from './notifications/notifications.ts';
import { findOwners } from './notifications/owners.ts';
import { secondFactorRoutes } from './second-factor.ts';
import { secretRoutes } from './secret-routes.ts';
import { sshKeyRoutes } from './ssh-key-routes.ts';
import { subaccountRoutes } from './subaccount-routes.ts';
import { templateRoutes } from './templates/template-routes.ts';
import type { Templates } from './templates/templates.ts';
import { userRoutes } from './user-routes.ts';

export interface AccountRouteDeps extends AccountDeps {
  /** For made-up secrets. */
  readonly seed: string;
  readonly templates: Templates;
  /** Undefined in a replay, like the world. */
  readonly instances: Pick<Instances, 'byId' | 'all'> | undefined;
  readonly world: World | undefined;
  readonly webhooks: WebhookOptions | undefined;
}

export function accountRoutes(deps: AccountRouteDeps): readonly Route[] {
  const { service, billing, seed, templates, instances, webhooks } = deps;
  billing.setFacts((instanceId) => ({
    label: instances?.byId(instanceId)?.label ?? null,
    templateId: instances?.byId(instanceId)?.launch.templateId ?? null,
  }));
  return [
    ...userRoutes(deps),
    ...connectionRoutes(service),
    ...subaccountRoutes(deps),
    ...apiKeyRoutes(service),
    ...secondFactorRoutes(service),
    ...sshKeyRoutes(service),
    ...secretRoutes(service),
    ...templateRoutes(templates, service),
    ...auditRoutes(),
    ...createNotifications({
      service,
      seed,
      owners: findOwners(deps),
      fetch: webhooks?.fetch,
      allowsLoopback: webhooks?.allowsLoopback ?? false,
    }),
    ...listingRoutes(),
  ];
}
