// The client of the Vast.ai API.
export {
  createVastClient,
  DEFAULT_BASE_URL,
  type VastClient,
  type VastClientOptions,
} from './client.ts';
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
  InvalidRequestError,
  MalformedAnswerError,
  OfferGoneError,
  RateLimitedError,
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
export { PACES, type Pace, type ReadOptions } from './request.ts';
export type { GpuNamesResource } from './resources/gpu-names.ts';
export type {
  GpuHistory,
  GpuHistoryRequest,
  GpuLocation,
  GpuMetrics,
  MetricsFilter,
  MetricsResource,
} from './resources/metrics.ts';
export type { OffersResource, SearchAnswer } from './resources/offers.ts';
export type { CurrentUser, UsersResource } from './resources/users.ts';
export { type SearchByFlags, type SearchByWish, searchOffers } from './search-offers.ts';
export { FILTER_OPERATORS, type FilterOperator, type WireOffer, type WireSearchBody } from './wire/index.ts';
