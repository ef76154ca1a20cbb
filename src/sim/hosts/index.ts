// The owners of the market's machines.
export type { Contracts } from './contracts.ts';
export { chooseHost } from './host-account.ts';
export { hostRoutes } from './host-routes.ts';
export { createHosts, type Hosts } from './hosts.ts';
export type { MachineDeps as HostDeps } from './machine-routes.ts';
