// All instances of the simulation and what they share: the market that they are rented in, the service that runs
// them, what is billed. Every change of one goes through `change`, so that the truth log and the meters cannot miss it.
import type { Account } from '../accounts/account.ts';
import type { Billing } from '../billing/billing.ts';
import type { World } from '../market/world.ts';
import type { Service } from '../service.ts';
import type { Volumes } from '../volumes/volumes.ts';
import { drain } from './deposit.ts';
import type { ImageCache } from './images.ts';
import type { Insides } from './insides.ts';
import { type Instance, isThere } from './instance.ts';

export interface Fleet {
  readonly service: Service;
  readonly billing: Billing;
  readonly world: World;
  readonly insides: Insides;
  readonly images: ImageCache;
  /** Every instance ever, by id. */
  readonly all: Map<number, Instance>;
  /** Those that are there, by machine: the map's order is that of their creation. */
  readonly byMachine: Map<number, Set<Instance>>;
  readonly byAccount: Map<number, Map<number, Instance>>;
  nextRentalId: number;
  /** Where instances find volumes; undefined where there are none. */
  volumes: Volumes | undefined;
}

const FIRST_INSTANCE_ID = 20_000_001;
/** Above every number that the crowd's rentals get. */
const FIRST_RENTAL_ID = 2 ** 48;
const HOURS_A_MONTH = 720;

export function createFleet(
  parts: Pick<Fleet, 'service' | 'billing' | 'world' | 'insides' | 'images'>,
): Fleet {
  return {
    ...parts,
    all: new Map(),
    byMachine: new Map(),
    byAccount: new Map(),
    nextRentalId: FIRST_RENTAL_ID,
    volumes: undefined,
  };
}

export function nextInstanceId(fleet: Fleet): number {
  return FIRST_INSTANCE_ID + fleet.all.size;
}

export function addInstance(fleet: Fleet, instance: Instance): void {
  fleet.all.set(instance.id, instance);
  putBack(fleet, instance);
}

/** Makes it seen again: at its creation, and by the service's mistake after its end. */
export function putBack(fleet: Fleet, instance: Instance): void {
  const onMachine = fleet.byMachine.get(instance.machine.index) ?? new Set();
  onMachine.add(instance);
  fleet.byMachine.set(instance.machine.index, onMachine);
  const ofAccount = fleet.byAccount.get(instance.account.id) ?? new Map<number, Instance>();
  ofAccount.set(instance.id, instance);
  fleet.byAccount.set(instance.account.id, ofAccount);
}

export function takeAway(fleet: Fleet, instance: Instance): void {
  fleet.byMachine.get(instance.machine.index)?.delete(instance);
  fleet.byAccount.get(instance.account.id)?.delete(instance.id);
}

/** Those of the account that are there, in the order in which they were created. */
export function instancesOf(fleet: Fleet, account: Account): readonly Instance[] {
  return [...(fleet.byAccount.get(account.id)?.values() ?? [])];
}

export function instancesOn(fleet: Fleet, machineIndex: number): readonly Instance[] {
  return [...(fleet.byMachine.get(machineIndex) ?? [])];
}

type Changes = Partial<
  Pick<
    Instance,
    | 'intended'
    | 'current'
    | 'next'
    | 'actual'
    | 'statusMsg'
    | 'waiting'
    | 'label'
    | 'isPulled'
    | 'isExpired'
    | 'beforeOutage'
    | 'deposit'
    | 'destroyedMs'
  >
>;

/** Changes an instance, notes what happened in the truth log, and lets its meters follow. */
export function change(
  fleet: Fleet,
  instance: Instance,
  atMs: number,
  what: string,
  changes: Changes,
  data: Readonly<Record<string, unknown>> = {},
): void {
  const wasUp = isUp(instance);
  Object.assign(instance, changes);
  if (wasUp && !isUp(instance)) {
    instance.ranMs += atMs - (instance.upSinceMs ?? atMs);
    instance.upSinceMs = undefined;
  } else if (!wasUp && isUp(instance)) instance.upSinceMs = atMs;
  instance.version += 1;
  fleet.service.truthLog.note(atMs, 'instance', instance.id, what, {
    actual_status: instance.actual,
    intended_status: instance.intended,
    cur_state: instance.current,
    gpus: instance.rental ? instance.gpuIds : [],
    ...data,
  });
  setMeters(fleet, instance, atMs);
}

/** Whether its processes run: also while the service has lost sight of it, or paused it for a snapshot. */
function isUp({ actual }: Instance): boolean {
  return actual === 'running' || actual === 'frozen' || actual === 'unknown';
}

/** Rates follow from the state alone: nothing else ever starts or stops a meter. */
export function setMeters(fleet: Fleet, instance: Instance, atMs: number): void {
  const { billing } = fleet;
  const { terms, account, id, machine, actual } = instance;
  const isBilled = instance.rental !== undefined && (actual === 'running' || actual === 'frozen');
  const of = { account, instanceId: id, machineId: machine.machineId };
  // What was paid ahead was paid for: the meter stands while the deposit lasts.
  if (instance.deposit) {
    drain(fleet.service.agenda, instance.deposit, isBilled ? terms.gpuPricePerHour : 0, atMs, (emptyMs) =>
      change(fleet, instance, emptyMs, 'deposit_used', { deposit: undefined }),
    );
  }
  const gpuRate = isBilled && !instance.deposit ? terms.gpuPricePerHour : 0;
  const diskRate = isThere(instance) && actual !== 'offline' ? diskPricePerHour(instance) : 0;
  if (gpuRate !== instance.gpuRate) billing.setRate(of, 'gpu', gpuRate, atMs);
  if (diskRate !== instance.diskRate) billing.setRate(of, 'disk', diskRate, atMs);
  instance.gpuRate = gpuRate;
  instance.diskRate = diskRate;
}

export function diskPricePerHour({ terms, diskGb }: Instance): number {
  return (terms.storagePricePerGbMonth * diskGb) / HOURS_A_MONTH;
}
