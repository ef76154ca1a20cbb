// All routes of hosts. Words stand before ids: `/machines/maintenances` is no machine.
import type { Route } from '../api/route.ts';
import { earningsRoutes } from './earnings-routes.ts';
import { listingRoutes } from './listing-routes.ts';
import { type MachineDeps, machineRoutes } from './machine-routes.ts';
import { maintenanceRoutes } from './maintenance-routes.ts';
import { reportRoutes } from './report-routes.ts';

export function hostRoutes(deps: MachineDeps): readonly Route[] {
  return [
    ...listingRoutes(deps),
    ...maintenanceRoutes(deps),
    ...earningsRoutes(deps),
    ...reportRoutes(deps),
    ...machineRoutes(deps),
  ];
}
