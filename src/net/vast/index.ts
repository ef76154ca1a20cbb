// The client of the Vast.ai API.
export { type CallOptions, PACES, type Pace } from './api-call.ts';
export {
  createVastClient,
  DEFAULT_BASE_URL,
  type VastClient,
  type VastClientOptions,
} from './client.ts';
export type { CreatedInstance, CreateInstance, PortWish, VolumeWish } from './create-instance.ts';
export {
  createOfferDecoder,
  type DecodedOffers,
  FAULT_REASONS,
  type FaultReason,
  MAX_PRICE_PER_HOUR,
  type OfferDecoder,
  type OfferFault,
} from './decode-offer.ts';
export {
  InsufficientCreditError,
  InvalidRequestError,
  MalformedAnswerError,
  NoSuchInstanceError,
  OfferGoneError,
  OutcomeUnknownError,
  RateLimitedError,
  SecondFactorError,
  UnauthorizedError,
  UnavailableError,
  UnknownGpuError,
  VastError,
  type VastErrorFacts,
} from './errors.ts';
export { canonicalGpuName, suggestGpuNames } from './gpu/canonical-name.ts';
export { GPU_FAMILIES, type GpuFamily, gpuFamily } from './gpu/families.ts';
export { KNOWN_GPU_NAMES } from './gpu/known-names.ts';
export {
  ACTUAL_STATUSES,
  type ActualStatus,
  type Address,
  CONTRACT_STATES,
  type ContractState,
  INTENDED_STATUSES,
  type Instance,
  type InstanceId,
  type InstanceListing,
  type IntendedStatus,
  type Mount,
  type OpenPort,
} from './instance.ts';
export type { PagedRows } from './list-pages.ts';
export {
  getMarketPrices,
  type MarketPrices,
  type MarketPricesOptions,
  priceFor,
  resolveGpuName,
  summarisePrices,
} from './market-prices.ts';
export {
  AVAILABILITY_STATES,
  type AvailabilityState,
  gigabytesOf,
  normalize,
  type OfferRow,
} from './normalize.ts';
export {
  GPU_ARCHITECTURES,
  type GpuArchitecture,
  type HostId,
  type MachineId,
  OFFER_TYPES,
  type Offer,
  type OfferId,
  type OfferType,
  VERIFICATIONS,
  type Verification,
} from './offer.ts';
export { FIELD_ALIASES, FILTER_FIELDS, type FilterField } from './query/fields.ts';
export { formatOfferQuery } from './query/format-query.ts';
export {
  type DefaultFilters,
  type Filter,
  type FilterScalar,
  makeOfferQuery,
  type OfferQuery,
  type OrderDirection,
  type OrderKey,
} from './query/offer-query.ts';
export { parseOfferType } from './query/offer-type.ts';
export { formatOrder, parseOrder } from './query/parse-order.ts';
export { type ParseOptions, parseOfferQuery } from './query/parse-query.ts';
export { expandPlaces, REGIONS, type Region } from './query/regions.ts';
export { toSearchBody } from './query/search-body.ts';
export { QuerySyntaxError } from './query/syntax-error.ts';
export {
  type ApiKeyFacts,
  type ApiKeysResource,
  type ApiKeyWish,
  KEY_SCOPES,
  type KeyConstraints,
  type KeyScope,
} from './resources/api-keys.ts';
export type { AuditEntry, AuditLogResource } from './resources/audit-log.ts';
export {
  type BillingResource,
  type Charge,
  type ChargeItem,
  type ChargesRequest,
  CONTRACT_TYPES,
  type ContractType,
  type Invoice,
  type InvoicesRequest,
} from './resources/billing.ts';
export type {
  CloudConnection,
  CloudCopyWish,
  CopiesResource,
  CopyEnd,
  CopyStarted,
} from './resources/copies.ts';
export type { GpuNamesResource } from './resources/gpu-names.ts';
export type { Deposit, InstanceContract, Prepaid } from './resources/instance-contract.ts';
export type { InstanceInside, LogWish, SnapshotWish } from './resources/instance-inside.ts';
export type { InstanceSshKey, InstanceSshKeysResource } from './resources/instance-ssh-keys.ts';
export type { InstancesResource, TemplateUpdate } from './resources/instances.ts';
export type { InstanceKind } from './resources/instances-bulk.ts';
export type {
  GpuHistory,
  GpuHistoryRequest,
  GpuLocation,
  GpuMetrics,
  MetricsFilter,
  MetricsResource,
} from './resources/metrics.ts';
export type { Channels, NotificationsResource, NotificationType } from './resources/notifications.ts';
export type { OffersResource, SearchAnswer } from './resources/offers.ts';
export type {
  PendingPriceIncreases,
  PriceIncrease,
  PriceIncreasePrices,
  PriceIncreasesResource,
} from './resources/price-increases.ts';
export {
  FREQUENCIES,
  type Frequency,
  type JobTimes,
  SCHEDULED_ACTIONS,
  type ScheduledAction,
  type ScheduledJob,
  type ScheduleResource,
  type ScheduleWish,
} from './resources/schedule.ts';
export type { SecretsResource } from './resources/secrets.ts';
export type { SshKey, SshKeysResource } from './resources/ssh-keys.ts';
export type { Template, TemplatesResource, TemplateWish } from './resources/templates.ts';
export type {
  CurrentUser,
  SettingsUpdate,
  Subaccount,
  SubaccountWish,
  UsedAddress,
  UsersResource,
} from './resources/users.ts';
export type { Volume, VolumeOffer, VolumesResource } from './resources/volumes.ts';
export type { Webhook, WebhooksResource, WebhookWish, WebhookWithSecret } from './resources/webhooks.ts';
export { type SearchByFlags, type SearchByWish, searchOffers } from './search-offers.ts';
export { FILTER_OPERATORS, type FilterOperator, type WireOffer, type WireSearchBody } from './wire/index.ts';
