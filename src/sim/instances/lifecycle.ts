// What happens to an instance after its creation: its owner starts and stops it, others take its GPUs, its machine
// goes away and comes back, its contract ends. The table of states is in
// docs/internals/simulator-instances.md.
import { ApiError } from '../api/api-error.ts';
import { DRAW } from '../dice.ts';
import { changeBid as changeRentalBid } from '../market/rentals.ts';
import { type Booted, boot, remake, restart } from './boot.ts';
import { refundOf, settle } from './deposit.ts';
import { change, type Fleet, instancesOn, takeAway } from './fleet.ts';
import { canHold, hold, release } from './gpus.ts';
import { type Instance, isThere } from './instance.ts';
import { billTraffic } from './traffic.ts';

const MINUTE_MS = 60_000;
/** How often the service looks whether a waiting instance could run: prices move without anybody being told. */
const RECHECK_MS = MINUTE_MS;
/** Without a sign of life for so long, a machine counts as disconnected. */
const HEARTBEAT_MS = MINUTE_MS;
/** How long the data of a contract that has ended is kept. */
const KEPT_MS = 48 * 3_600_000;
/** Outages in which the machine lost its power, and its containers with it. */
const POWER_LOSS_SHARE = 0.4;
/** Containers that do not come up again by themselves after that. */
const LOST_FOR_GOOD_SHARE = 0.1;

export const STOP_REASONS = ['owner', 'credit', 'expired'] as const;
export type StopReason = (typeof STOP_REASONS)[number];

export interface Lifecycle {
  /** Lets a new instance begin; without free GPUs it waits for them. */
  begin(instance: Instance, atMs: number): void;
  /** False when its GPUs are taken: it then waits. Throws ApiError when its contract or the credit has ended. */
  start(instance: Instance, atMs: number): boolean;
  stop(instance: Instance, atMs: number, why: StopReason): void;
  /** Throws ApiError when it holds no GPUs or its machine is away; so does `recycle`. */
  reboot(instance: Instance, atMs: number): void;
  recycle(instance: Instance, atMs: number): void;
  /** Null lets the service choose a price that wins. */
  changeBid(instance: Instance, pricePerHour: number, atMs: number): void;
  destroy(instance: Instance, atMs: number, why: string): void;
  /** The main process ended by itself, or never came up, for the reason given. */
  exited(instance: Instance, atMs: number, why?: string): void;
  /** The contract ends then, instead of when it would have. */
  moveEnd(instance: Instance, endMs: number, atMs: number): void;
  /** Gives GPUs that are free to who waits for them. */
  retry(machineIndex: number, atMs: number): void;
}

export interface LifecycleHooks {
  readonly booted: Booted;
  /** May bring it back by mistake. */
  readonly destroyed: (instance: Instance, atMs: number) => void;
}

export function createLifecycle(fleet: Fleet, hooks: LifecycleHooks): Lifecycle {
  const { service, world, billing, insides } = fleet;
  const { agenda, dice } = service;
  const watched = new Set<number>();

  const halt = (instance: Instance) => {
    instance.step?.cancel();
    instance.step = undefined;
  };

  const displaced = (instance: Instance, lostMs: number) => {
    const atMs = Math.floor(lostMs);
    halt(instance);
    insides.stop(instance);
    change(fleet, instance, atMs, 'outbid', {
      current: 'stopped',
      next: 'stopped',
      waiting: 'outbid',
      ...settled(instance, instance.isPulled ? 'stopped' : 'created'),
    });
    lookAgain(instance, atMs);
  };

  /** What the container is now; while its machine is away this shows only when it is back. */
  const settled = (
    instance: Instance,
    actual: Instance['actual'],
  ): Partial<Pick<Instance, 'actual' | 'beforeOutage'>> =>
    instance.beforeOutage ? { beforeOutage: { ...instance.beforeOutage, actual } } : { actual };

  const lookAgain = (instance: Instance, atMs: number) => {
    instance.step?.cancel();
    instance.step = agenda.plan(atMs + RECHECK_MS, (dueMs) => {
      retry(instance.machine.index, dueMs);
      if (instance.waiting && isThere(instance)) lookAgain(instance, dueMs);
    });
  };

  const take = (instance: Instance, atMs: number, what: string) => {
    halt(instance);
    hold(fleet, instance, atMs, displaced);
    change(fleet, instance, atMs, what, { current: 'running', next: 'running', waiting: undefined });
    boot(fleet, instance, atMs, hooks.booted);
  };

  const wait = (instance: Instance, atMs: number) => {
    change(fleet, instance, atMs, 'queued', { current: 'stopped', next: 'running', waiting: 'queued' });
    lookAgain(instance, atMs);
  };

  const retry: Lifecycle['retry'] = (machineIndex, atMs) => {
    const waiting = instancesOn(fleet, machineIndex).filter((instance) => instance.waiting);
    for (const instance of waiting.sort(byPriority)) {
      if (instance.waiting && !instance.beforeOutage && canHold(instance)) take(instance, atMs, 'resumed');
    }
  };

  const watch = (instance: Instance) => {
    const { machine } = instance;
    if (watched.has(machine.index)) return;
    watched.add(machine.index);
    machine.watchers.add({
      // The market's times have fractions; the service counts whole milliseconds, as billing does.
      down: (atMs) => lost(machine.index, Math.floor(atMs)),
      up: (atMs) => back(machine.index, Math.floor(atMs)),
      // Whoever gave them back is still about it; the queue is served right after.
      freed: (atMs) => {
        if (instancesOn(fleet, machine.index).some(({ waiting }) => waiting))
          agenda.plan(Math.floor(atMs), (dueMs) => retry(machine.index, dueMs));
      },
    });
  };

  const loseSight = (instance: Instance, atMs: number) => {
    const { actual } = instance;
    if (!instance.waiting) halt(instance);
    change(fleet, instance, atMs, 'heartbeat_lost', {
      beforeOutage: { actual, sinceMs: atMs },
      ...((actual === 'running' || actual === 'frozen') && { actual: 'unknown' as const }),
    });
    if (isPowerLoss(instance)) insides.stop(instance);
  };

  const isPowerLoss = ({ id, beforeOutage }: Instance) =>
    dice.unit(DRAW.instance, id, Math.floor((beforeOutage?.sinceMs ?? 0) / 1_000), 3) < POWER_LOSS_SHARE;

  const lost = (machineIndex: number, atMs: number) => {
    const here = instancesOn(fleet, machineIndex);
    for (const instance of here) loseSight(instance, atMs);
    if (here.length > 0) planOffline(machineIndex, atMs);
  };

  const planOffline = (machineIndex: number, atMs: number) => {
    agenda.plan(atMs + HEARTBEAT_MS, (dueMs) => {
      for (const instance of instancesOn(fleet, machineIndex)) {
        if (instance.actual === 'offline' || instance.beforeOutage?.sinceMs !== atMs) continue;
        change(fleet, instance, dueMs, 'offline', { actual: 'offline' });
      }
    });
  };

  const back = (machineIndex: number, atMs: number) => {
    for (const instance of instancesOn(fleet, machineIndex)) {
      if (instance.beforeOutage) restore(instance, instance.beforeOutage.actual, atMs);
    }
    retry(machineIndex, atMs);
  };

  const restore = (instance: Instance, was: Instance['actual'], atMs: number) => {
    const hadPowerLoss = isPowerLoss(instance);
    const isHeld = instance.rental !== undefined;
    const wasUp = was === 'running' || was === 'frozen';
    if (!isHeld || !wasUp) {
      change(fleet, instance, atMs, 'online', { beforeOutage: undefined, actual: was });
      // A boot that was cut off begins again; what had exited stays so.
      if (isHeld && was !== 'exited') boot(fleet, instance, atMs, hooks.booted);
      return;
    }
    if (!hadPowerLoss) {
      change(fleet, instance, atMs, 'online', { beforeOutage: undefined, actual: 'running' });
      return;
    }
    instance.upSinceMs = undefined;
    change(fleet, instance, atMs, 'online', { beforeOutage: undefined, actual: 'exited' });
    const comesUp = dice.unit(DRAW.instance, instance.id, Math.floor(atMs / 1_000), 4) >= LOST_FOR_GOOD_SHARE;
    if (comesUp) boot(fleet, instance, atMs, hooks.booted);
  };

  const stop: Lifecycle['stop'] = (instance, atMs, why) => {
    if (instance.intended === 'stopped' && !instance.rental && !instance.waiting) return;
    halt(instance);
    insides.stop(instance);
    release(fleet, instance, atMs);
    change(
      fleet,
      instance,
      atMs,
      'stopped',
      {
        intended: 'stopped',
        current: 'stopped',
        next: 'stopped',
        waiting: undefined,
        ...settled(instance, instance.isPulled || instance.actual === 'loading' ? 'exited' : 'created'),
      },
      { why },
    );
  };

  const destroy: Lifecycle['destroy'] = (instance, atMs, why) => {
    if (!isThere(instance)) return;
    const { deposit, account, id, machine } = instance;
    halt(instance);
    instance.end?.cancel();
    release(fleet, instance, atMs);
    billTraffic(fleet, instance, atMs);
    instance.trafficWatch?.cancel();
    instance.trafficWatch = undefined;
    insides.destroy(instance);
    instance.apiKey.isRevoked = true;
    if (deposit) {
      settle(deposit, atMs);
      deposit.empty?.cancel();
    }
    takeAway(fleet, instance);
    change(
      fleet,
      instance,
      atMs,
      'destroyed',
      {
        intended: 'stopped',
        current: 'stopped',
        next: 'stopped',
        waiting: undefined,
        deposit: undefined,
        actual: 'exited',
        beforeOutage: undefined,
        isPulled: false,
        destroyedMs: atMs,
      },
      { why },
    );
    const refundUsd = deposit ? refundOf(deposit, machine.verification === 'deverified') : 0;
    if (refundUsd > 0) billing.pay(account, refundUsd, 'refund', atMs, `Deposit of instance ${id}`);
    hooks.destroyed(instance, atMs);
  };

  const planEnd = (instance: Instance) => {
    instance.end?.cancel();
    instance.end = agenda.plan(instance.terms.endMs, (dueMs) => {
      stop(instance, dueMs, 'expired');
      change(fleet, instance, dueMs, 'expired', { isExpired: true });
      instance.end = agenda.plan(dueMs + KEPT_MS, (deleteMs) => destroy(instance, deleteMs, 'contract'));
    });
  };

  const needsGpus = (instance: Instance, what: string) => {
    if (instance.rental && !instance.beforeOutage && instance.actual !== null) return;
    throw new ApiError(
      400,
      'invalid_request',
      `Instance ${instance.id} cannot be ${what}: it is ${instance.actual ?? 'not created yet'} and must be running. Start it first.`,
    );
  };

  return {
    retry,
    stop,
    destroy,
    begin(instance, atMs) {
      watch(instance);
      planEnd(instance);
      if (instance.machine.outages > 0) {
        change(fleet, instance, atMs, 'offline', {
          beforeOutage: { actual: 'created', sinceMs: atMs },
          actual: 'offline',
        });
      }
      if (instance.intended === 'running' && !instance.beforeOutage && canHold(instance)) {
        take(instance, atMs, 'gpus_held');
        return;
      }
      if (!instance.beforeOutage) change(fleet, instance, atMs, 'container_created', { actual: 'created' });
      if (instance.intended === 'running') wait(instance, atMs);
    },
    start(instance, atMs) {
      const { account, isExpired, id } = instance;
      if (isExpired) {
        throw new ApiError(
          400,
          'invalid_request',
          `The contract of instance ${id} has ended; it cannot be started. Copy its data away and destroy it.`,
        );
      }
      if (billing.creditUsd(account, atMs) <= 0) {
        throw new ApiError(400, 'missing_billing', 'Your account lacks credit; see the billing page.');
      }
      if (instance.rental) {
        change(fleet, instance, atMs, 'start_asked', { intended: 'running' });
        if (instance.actual === 'exited') boot(fleet, instance, atMs, hooks.booted);
        return true;
      }
      if (instance.waiting) return false;
      change(fleet, instance, atMs, 'start_asked', { intended: 'running' });
      if (!instance.beforeOutage && canHold(instance)) {
        take(instance, atMs, 'gpus_held');
        return true;
      }
      wait(instance, atMs);
      return false;
    },
    reboot(instance, atMs) {
      needsGpus(instance, 'rebooted');
      if (instance.actual === 'running' || instance.actual === 'frozen') {
        halt(instance);
        restart(fleet, instance, atMs, hooks.booted);
      } else {
        halt(instance);
        boot(fleet, instance, atMs, hooks.booted);
      }
    },
    recycle(instance, atMs) {
      needsGpus(instance, 'recycled');
      halt(instance);
      remake(fleet, instance, atMs, hooks.booted);
    },
    changeBid(instance, pricePerHour, atMs) {
      instance.terms.gpuPricePerHour = pricePerHour;
      const { rental } = instance;
      if (rental) changeRentalBid(world, rental, pricePerHour, atMs);
      change(fleet, instance, atMs, 'bid_changed', {}, { price_per_hour: pricePerHour });
      if (!rental) retry(instance.machine.index, atMs);
    },
    exited(instance, atMs, why) {
      if (!isThere(instance) || !instance.rental || instance.beforeOutage) return;
      halt(instance);
      const statusMsg = why === undefined ? instance.statusMsg : `Error response from daemon: ${why}`;
      change(fleet, instance, atMs, 'exited', { actual: 'exited', statusMsg });
    },
    moveEnd(instance, endMs, atMs) {
      if (instance.isExpired || !isThere(instance)) return;
      instance.terms.endMs = endMs;
      if (instance.rental) instance.rental.contractEndMs = endMs;
      change(fleet, instance, atMs, 'extended', {}, { end_ms: endMs });
      planEnd(instance);
    },
  };
}

/** On-demand before bids, high bids before low ones, old before new. */
function byPriority(a: Instance, b: Instance): number {
  const [rankA, rankB] = [a, b].map(({ terms }) => (terms.type === 'bid' ? 1 : 0)) as [number, number];
  if (rankA !== rankB) return rankA - rankB;
  const perGpu = ({ terms, chunk }: Instance) => terms.gpuPricePerHour / chunk.size;
  return rankA === 1 && perGpu(a) !== perGpu(b) ? perGpu(b) - perGpu(a) : a.id - b.id;
}
