// What is told to people: a finite set of kinds, each alert with its words, its figures and the commands to type.

/** `test` is what `vd notify test` sends. */
export const ALERT_KINDS = [
  'parked',
  'red-list',
  'key-refused',
  'second-factor',
  'cap-80',
  'cap-reached',
  'credit-runway',
  'contract-end',
  'price-increase',
  'forgotten',
  'host-down',
  'epoch-complete',
  'run-done',
  'run-failed',
  'run-diverged',
  'run-hung',
  'finished-but-billing',
  'test',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** From the least to the greatest. `critical` passes quiet hours. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface AlertAction {
  /** What the command does: `destroy it now`. */
  readonly what: string;
  /** To be typed as it stands. */
  readonly command: string;
}

/** Null: not known. */
export type Figure = number | string | boolean | null;

export interface Alert {
  /** Alerts of one key are one condition: told once, then again after the kind's interval. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** One line, without a full stop. */
  readonly title: string;
  /** Plain text; lines are kept. */
  readonly body: string;
  /** What the words were made of; sent to webhooks. Never a secret. */
  readonly figures: Readonly<Record<string, Figure>>;
  /** When the condition was seen, epoch milliseconds. */
  readonly atMs: number;
  readonly actions: readonly AlertAction[];
}

/** An alert that the outbox has taken. */
export interface QueuedAlert extends Alert {
  /** The same at every try: the receiver drops what it has seen. */
  readonly eventId: string;
}

/** 0, 1, 2 for info, warning, critical: how severities are stored and sorted. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
