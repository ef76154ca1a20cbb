// Schemas and types of what goes over the wire, and nothing else: all that the simulator shares with the client.
export type {
  WireCurrentUser,
  WireFailure,
  WireGpuHistory,
  WireGpuLocation,
  WireGpuMetricsRow,
  WireGpuNames,
  WireSearchAnswer,
} from './answers.ts';
export type { WireInstance, WireInstancePage, WireMount, WirePort } from './instance.ts';
export { FILTER_OPERATORS, type FilterOperator, type WireOffer, type WireSearchBody } from './offer.ts';
