// Whose instances and machines are, for notifications; and a note in the truth log when a host account's machine goes
// down, comes back, or fails its verification.
import { isOwner } from '../../hosts/owner-id.ts';
import type { Instances } from '../../instances/create-instances.ts';
import type { World } from '../../market/world.ts';
import type { Service } from '../../service.ts';
import type { Owners } from './news.ts';

export interface OwnersDeps {
  readonly service: Service;
  /** Both undefined in a replay. */
  readonly world: World | undefined;
  readonly instances: Pick<Instances, 'byId' | 'all'> | undefined;
}

export function findOwners({ service, world, instances }: OwnersDeps): Owners {
  const { accounts, truthLog } = service;
  const machines = new Map(world?.machines.map((machine) => [machine.machineId, machine]));
  const ofMachine: Owners['ofMachine'] = (machineId) => {
    const machine = machines.get(machineId);
    return machine && accounts.all().find((account) => isOwner(account, machine))?.id;
  };
  for (const { machineId, watchers } of machines.values()) {
    const note = (atMs: number, what: string) => {
      if (ofMachine(machineId) !== undefined) truthLog.note(atMs, 'machine', machineId, what);
    };
    watchers.add({
      down: (atMs) => note(atMs, 'offline'),
      up: (atMs) => note(atMs, 'online'),
      deverified: (atMs) => note(atMs, 'verification_failed'),
    });
  }
  return {
    ofMachine,
    ofInstance: (instanceId) => instances?.byId(instanceId)?.account.id,
    tenantsOf: (machineId) => {
      const there = (instances?.all() ?? []).filter(
        ({ machine, destroyedMs }) => machine.machineId === machineId && destroyedMs === undefined,
      );
      return [...new Set(there.map(({ account }) => account.id))].sort((a, b) => a - b);
    },
  };
}
