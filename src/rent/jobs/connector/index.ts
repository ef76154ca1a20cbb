// The older connector's verbs over jobs.
export type { Cloud, CloudPrice } from './clouds/cloud-price.ts';
export type { CloudsOptions } from './clouds/prices-elsewhere.ts';
export { type ConnectorOptions, createConnector, type DrivingConnector } from './connector.ts';
export type {
  ConnectionReport,
  Connector,
  OpenShell,
  SshAccess,
  StreamLogs,
  SubmitTraining,
} from './connector-api.ts';
export { ListingIncompleteError, NoMachineError, NoSuchJobError } from './errors.ts';
export type { JobView } from './job-view.ts';
export type { GpuPricing, PriceSpread, PricingOptions } from './pricing.ts';
export type { ListResourcesOptions, Resource } from './resources.ts';
