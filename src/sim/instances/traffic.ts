// What goes through the containers of instances, billed by the byte.
import type { Fleet } from './fleet.ts';
import type { Instance } from './instance.ts';

/** Bills what went through since the last time. */
export function billTraffic(fleet: Fleet, instance: Instance, atMs: number): void {
  const container = fleet.insides.of(instance);
  if (!container) return;
  const { up, down } = container.trafficGb();
  const { terms, trafficGb } = instance;
  bill(fleet, instance, 'bwu', grownBy(trafficGb.up, up), terms.uploadPricePerGb, atMs);
  bill(fleet, instance, 'bwd', grownBy(trafficGb.down, down), terms.downloadPricePerGb, atMs);
  trafficGb.up = up;
  trafficGb.down = down;
}

/** A container that was made anew counts from zero again. */
function grownBy(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/** One end's share of some traffic. */
export function bill(
  { billing }: Fleet,
  { account, id: instanceId, machine }: Instance,
  kind: 'bwu' | 'bwd',
  gb: number,
  pricePerGb: number,
  atMs: number,
): void {
  if (!(gb > 0)) return;
  billing.addTraffic({ account, instanceId, machineId: machine.machineId }, kind, gb, pricePerGb, atMs);
}
