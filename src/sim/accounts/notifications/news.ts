// What of the truth log somebody is told: which account, under which key, with which data.
import type { TruthEvent } from '../../truth-log.ts';

export interface News {
  readonly accountId: number;
  readonly key: string;
  readonly message: string;
  /** For programs; only fields that may leave the service. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Whose things are. */
export interface Owners {
  /** Also of instances that are destroyed. */
  readonly ofInstance: (instanceId: number) => number | undefined;
  /** The host account; undefined where no account runs it. */
  readonly ofMachine: (machineId: number) => number | undefined;
  /** Accounts with instances on it, in order. */
  readonly tenantsOf: (machineId: number) => readonly number[];
}

/** Events of instances that are news as they stand; the others are below. */
const INSTANCE_NEWS: Readonly<Record<string, readonly [slug: string, words: string]>> = {
  created: ['instance_created', 'was created'],
  stopped: ['instance_stopped', 'was stopped'],
  destroyed: ['instance_deleted', 'was deleted'],
  outbid: ['outbid', 'was outbid and is paused'],
  offline: ['instance_offline', 'is offline'],
  boot_failed: ['instance_error', 'could not be started'],
  extended: ['instance_extended', 'runs longer: its contract was extended'],
  expiring: ['instance_expires', 'will be stopped soon: its contract ends'],
  disk_low: ['instance_disk_low', 'has little disk left'],
  storage_full: ['instance_storage_full', 'has no disk left'],
  gpu_idle: ['instance_gpu_idle', 'has not used its GPUs for 24 hours'],
};

const MACHINE_NEWS: Readonly<Record<string, readonly [slug: string, words: string]>> = {
  offline: ['machine_offline', 'is offline'],
  online: ['machine_online', 'is back online'],
  reported: ['machine_report', 'was reported by a renter'],
  maintenance_announced: ['maintenance_confirmed', 'will be maintained as announced'],
  listing_ending: ['listing_ending', 'will be listed for less than 7 days'],
  verification_failed: ['verification_failed', 'failed its verification'],
};

/** Reads events in their order: what an event means may depend on those before it. */
export function createNewsReader(owners: Owners): (event: TruthEvent) => readonly News[] {
  const started = new Set<number>();
  const paused = new Set<number>();
  const offline = new Set<number>();

  const wordsOf = ({ id, what }: TruthEvent): readonly [slug: string, words: string] | undefined => {
    if (what === 'offline') offline.add(id);
    if (what === 'outbid' || what === 'queued') paused.add(id);
    if (what === 'running') {
      const [isFirst, wasPaused] = [!started.has(id), paused.delete(id)];
      started.add(id);
      if (isFirst) return ['instance_started', 'is up and running'];
      return wasPaused ? ['instance_resumed', 'has its GPUs back and runs again'] : undefined;
    }
    // An outage that was over before the service called it one is no news.
    if (what === 'online') return offline.delete(id) ? ['instance_online', 'is back online'] : undefined;
    return INSTANCE_NEWS[what];
  };

  const ofInstance = (event: TruthEvent): readonly News[] => {
    const accountId = owners.ofInstance(event.id);
    const [slug, words] = wordsOf(event) ?? [];
    if (accountId === undefined || slug === undefined) return [];
    const message = `Instance ${event.id} ${words}.`;
    return [{ accountId, key: `client:${slug}`, message, data: { instance_id: event.id } }];
  };

  const ofMachine = ({ id, what }: TruthEvent): readonly News[] => {
    const data = { machine_id: id };
    const accountId = owners.ofMachine(id);
    const [slug, words] = MACHINE_NEWS[what] ?? [];
    const told =
      accountId === undefined || slug === undefined
        ? []
        : [{ accountId, key: `host:${slug}`, message: `Machine ${id} ${words}.`, data }];
    if (what !== 'maintenance_announced') return told;
    const message = `The host of machine ${id}, which you have instances on, announced maintenance.`;
    const key = 'client:maintenance_scheduled';
    return [...told, ...owners.tenantsOf(id).map((tenant) => ({ accountId: tenant, key, message, data }))];
  };

  return (event) => {
    switch (event.noun) {
      case 'instance':
        return ofInstance(event);
      case 'machine':
        return ofMachine(event);
      case 'payment':
        return ofPayment(event);
      case 'account':
        return ofAccount(event);
      default:
        return [];
    }
  };
}

function ofPayment({ what, data }: TruthEvent): readonly News[] {
  const [accountId, amount] = [Number(data.account_id), Number(data.amount_usd)];
  const news = { accountId, data: { amount } };
  if (what === 'deposit') {
    return [
      { ...news, key: 'client:payment_receipt', message: `A payment of $${amount.toFixed(2)} was received.` },
    ];
  }
  if (what === 'transfer' && amount > 0) {
    return [
      { ...news, key: 'client:credit_received', message: `You received $${amount.toFixed(2)} of credit.` },
    ];
  }
  return [];
}

function ofAccount({ id, what, data }: TruthEvent): readonly News[] {
  if (what === 'credit_low') {
    return [
      {
        accountId: id,
        key: 'client:low_credit',
        message: 'Your credit is below the threshold that you set.',
        data: { balance: data.credit_usd, threshold: data.threshold_usd },
      },
    ];
  }
  if (what === 'card_declined') {
    return [
      {
        accountId: id,
        key: 'client:billing_failure',
        message: 'Your card was declined.',
        data: { last4: data.last4 },
      },
    ];
  }
  return [];
}
