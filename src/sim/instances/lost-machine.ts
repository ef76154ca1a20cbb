// Machines that go away and come back, with the instances on them: what the service shows meanwhile, and what is left of
// their containers.
import { DRAW } from '../dice.ts';
import { type Booted, boot, halt } from './boot.ts';
import { change, type Fleet, instancesOn } from './fleet.ts';
import type { Instance } from './instance.ts';

export interface MachineWatchHooks {
  readonly booted: Booted;
  /** Gives GPUs that are free to who waits for them. */
  readonly retry: (machineIndex: number, atMs: number) => void;
}

/** Without a sign of life for so long, a machine counts as disconnected. */
const HEARTBEAT_MS = 60_000;
/** Outages in which the machine lost its power, and its containers with it. */
const POWER_LOSS_SHARE = 0.4;
/** Containers that do not come up again by themselves after that. */
const LOST_FOR_GOOD_SHARE = 0.1;

/** Returns what is to be called for each new instance: from then on its machine is watched. */
export function watchMachines(
  fleet: Fleet,
  { booted, retry }: MachineWatchHooks,
): (instance: Instance) => void {
  const { agenda, dice } = fleet.service;
  const watched = new Set<number>();

  const isPowerLoss = ({ id, beforeOutage }: Instance) =>
    dice.unit(DRAW.instance, id, Math.floor((beforeOutage?.sinceMs ?? 0) / 1_000), 3) < POWER_LOSS_SHARE;

  const loseSight = (instance: Instance, atMs: number) => {
    const { actual } = instance;
    if (!instance.waiting) halt(instance);
    change(fleet, instance, atMs, 'heartbeat_lost', {
      beforeOutage: { actual, sinceMs: atMs },
      ...((actual === 'running' || actual === 'frozen') && { actual: 'unknown' as const }),
    });
    if (isPowerLoss(instance)) fleet.insides.stop(instance);
  };

  const planOffline = (machineIndex: number, atMs: number) => {
    agenda.plan(atMs + HEARTBEAT_MS, (dueMs) => {
      for (const instance of instancesOn(fleet, machineIndex)) {
        if (instance.actual === 'offline' || instance.beforeOutage?.sinceMs !== atMs) continue;
        change(fleet, instance, dueMs, 'offline', { actual: 'offline' });
      }
    });
  };

  const lost = (machineIndex: number, atMs: number) => {
    const here = instancesOn(fleet, machineIndex);
    for (const instance of here) loseSight(instance, atMs);
    if (here.length > 0) planOffline(machineIndex, atMs);
  };

  const restore = (instance: Instance, was: Instance['actual'], atMs: number) => {
    const hadPowerLoss = isPowerLoss(instance);
    const isHeld = instance.rental !== undefined;
    const wasUp = was === 'running' || was === 'frozen';
    if (!isHeld || !wasUp) {
      change(fleet, instance, atMs, 'online', { beforeOutage: undefined, actual: was });
      // A boot that was cut off begins again; what had exited stays so.
      if (isHeld && was !== 'exited') boot(fleet, instance, atMs, booted);
      return;
    }
    if (!hadPowerLoss) {
      change(fleet, instance, atMs, 'online', { beforeOutage: undefined, actual: 'running' });
      return;
    }
    instance.upSinceMs = undefined;
    change(fleet, instance, atMs, 'online', { beforeOutage: undefined, actual: 'exited' });
    const comesUp = dice.unit(DRAW.instance, instance.id, Math.floor(atMs / 1_000), 4) >= LOST_FOR_GOOD_SHARE;
    if (comesUp) boot(fleet, instance, atMs, booted);
  };

  const back = (machineIndex: number, atMs: number) => {
    for (const instance of instancesOn(fleet, machineIndex)) {
      if (instance.beforeOutage) restore(instance, instance.beforeOutage.actual, atMs);
    }
    retry(machineIndex, atMs);
  };

  return ({ machine }) => {
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
}
