// What happens to an instance after its creation: its owner starts and stops it, others take its GPUs, its contract
// ends. The table of states is in docs/internals/simulator-instances.md; machines that go away are in lost-machine.ts.
import { ApiError } from '../api/api-error.ts';
import { changeBid as changeRentalBid } from '../market/rentals.ts';
import { type Booted, boot, halt, remake, restart } from './boot.ts';
import { planEnd } from './contract-end.ts';
import { refundOf, settle } from './deposit.ts';
import { change, type Fleet, instancesOn, takeAway } from './fleet.ts';
import { canHold, hold, release } from './gpus.ts';
import { type Instance, isThere } from './instance.ts';
import { watchMachines } from './lost-machine.ts';
import { leaveMounts } from './mounts.ts';
import { billTraffic } from './traffic.ts';

/** How often the service looks whether a waiting instance could run: prices move without anybody being told. */
const RECHECK_MS = 60_000;

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
  const { agenda } = service;

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

  const watchMachineOf = watchMachines(fleet, { booted: hooks.booted, retry });

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
    instance.insideWatch?.cancel();
    instance.insideWatch = undefined;
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
    leaveMounts(fleet, instance, atMs);
    hooks.destroyed(instance, atMs);
  };

  const awaitEnd = (instance: Instance, atMs: number) =>
    planEnd(fleet, instance, atMs, {
      stop: (endMs) => stop(instance, endMs, 'expired'),
      remove: (deleteMs) => destroy(instance, deleteMs, 'contract'),
    });

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
      watchMachineOf(instance);
      awaitEnd(instance, atMs);
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
      const { ownWork } = instance;
      if (!ownWork && billing.creditUsd(account, atMs) <= 0) {
        throw new ApiError(400, 'missing_billing', 'Your account lacks credit; see the billing page.');
      }
      if (instance.rental) {
        change(fleet, instance, atMs, 'start_asked', { intended: 'running' });
        if (instance.actual === 'exited') boot(fleet, instance, atMs, hooks.booted);
        return true;
      }
      if (instance.waiting) return false;
      change(fleet, instance, atMs, 'start_asked', { intended: 'running' });
      if (ownWork) return ownWork.resume(atMs);
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
      awaitEnd(instance, atMs);
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
