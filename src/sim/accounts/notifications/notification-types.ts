// Everything that the service notifies somebody of. Three keys are published (low_credit, outbid, machine_offline); the
// others carry the published names of their events under keys of ours.

export interface NotificationType {
  /** With its context before it: `client:low_credit`. */
  readonly key: string;
  readonly slug: string;
  readonly context: 'client' | 'host';
  readonly topic: 'account' | 'billing' | 'instance' | 'machine';
  readonly displayName: string;
  readonly isEmailMandatory: boolean;
}

type Entry = readonly [slug: string, displayName: string, isEmailMandatory?: boolean];

const CLIENT: Readonly<Record<'account' | 'billing' | 'instance', readonly Entry[]>> = {
  account: [
    ['email_verification', 'Email verification', true],
    ['password_reset', 'Password reset', true],
    ['email_change', 'Email change', true],
    ['team_invitation', 'Team invitation'],
  ],
  billing: [
    ['low_credit', 'Low balance'],
    ['payment_receipt', 'Payment receipt'],
    ['credit_received', 'Received a credit transfer'],
    ['billing_failure', 'Billing failure', true],
  ],
  instance: [
    ['instance_created', 'Instance was created'],
    ['instance_started', 'Instance started'],
    ['instance_stopped', 'Instance has been stopped'],
    ['instance_resumed', 'Instance resumed after scheduling'],
    ['instance_deleted', 'Instance deleted'],
    ['outbid', 'Instance has been outbid'],
    ['maintenance_scheduled', 'Scheduled maintenance for instance'],
    ['instance_offline', 'Instance is offline'],
    ['instance_online', 'Instance is back online'],
    ['instance_error', 'There were some problems with your instance'],
    ['instance_disk_low', 'Low available disk space for instance'],
    ['instance_storage_full', 'Instance storage is full'],
    ['instance_gpu_idle', 'Instance GPU is idle'],
    ['instance_expires', 'Instance expires'],
    ['instance_extended', 'Instance contract has been extended'],
  ],
};

const HOST: readonly Entry[] = [
  ['machine_offline', 'Machine is offline'],
  ['machine_online', 'Machine is back online'],
  ['verification_failed', 'Machine verification failed'],
  ['machine_issue', 'Machine has an issue'],
  ['machine_report', 'Machine was reported'],
  ['machine_disk_low', 'Low available disk space on machine'],
  ['listing_ending', 'Machine listing ends soon'],
  ['maintenance_confirmed', 'Maintenance confirmed'],
];

const typeOf = (
  context: NotificationType['context'],
  topic: NotificationType['topic'],
  [slug, displayName, isEmailMandatory = false]: Entry,
): NotificationType => ({ key: `${context}:${slug}`, slug, context, topic, displayName, isEmailMandatory });

export const NOTIFICATION_TYPES: readonly NotificationType[] = [
  ...CLIENT.account.map((entry) => typeOf('client', 'account', entry)),
  ...CLIENT.billing.map((entry) => typeOf('client', 'billing', entry)),
  ...CLIENT.instance.map((entry) => typeOf('client', 'instance', entry)),
  ...HOST.map((entry) => typeOf('host', 'machine', entry)),
];

export function isNotificationKey(key: string): boolean {
  return NOTIFICATION_TYPES.some((type) => type.key === key);
}
