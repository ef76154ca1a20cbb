// Alerts to people: what can be said, where it goes, and the outbox that sees it delivered.
export { type AccessFigures, keyRefusedAlert, secondFactorAlert } from './access-alerts.ts';
export {
  ALERT_KINDS,
  type Alert,
  type AlertAction,
  type AlertKind,
  type Figure,
  SEVERITIES,
  type Severity,
} from './alert.ts';
export type { DeliverReport } from './deliver.ts';
export type { EnqueueResult } from './enqueue.ts';
export {
  CONTRACT_WARNING_MS,
  type ContractEndFigures,
  contractEndAlert,
  type ForgottenFigures,
  forgottenAlert,
  type HostDownFigures,
  hostDownAlert,
  type ParkedFigures,
  parkedAlert,
  type RedListFigures,
  redListAlert,
} from './machine-alerts.ts';
export {
  CAP_WARNING_RATIO,
  type CapFigures,
  type CreditFigures,
  capAlert,
  creditRunwayAlert,
  type PriceIncreaseFigures,
  priceIncreaseAlert,
} from './money-alerts.ts';
export {
  type ChannelOptions,
  type NotifyFault,
  type NotifyOptions,
  NotifyOptionsError,
  notifyOptionsSchema,
  parseNotifyOptions,
} from './options.ts';
export {
  type ChannelStatus,
  createOutbox,
  type Outbox,
  type OutboxDeps,
  type OutboxLimits,
  UnknownChannelError,
} from './outbox.ts';
export { urlFault } from './own-network.ts';
export type { AlertContext, MachineFigures } from './phrases.ts';
export { REPEAT_RULES, type RepeatRule } from './repeat.ts';
export type { SendOutcome } from './send-outcome.ts';
export { type Health, notifyMigrations } from './tables.ts';
export {
  TRAINING_EVENTS,
  type TrainingEvent,
  type TrainingFigures,
  trainingAlert,
} from './training-alerts.ts';
