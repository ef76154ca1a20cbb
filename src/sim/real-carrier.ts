// Moves files between the real disks of instances and volumes, and makes volumes when they are first used.
import type { CopyRequest } from './copying/copy-steps.ts';
import { bytesIn } from './copying/copy-steps.ts';
import type { Carrier, CopyEnd, CopyOrder, Instance } from './instances/index.ts';
import type { FileSite, Machine, MachineRoom, MountedVolume, Volume } from './machine/index.ts';

type Parts = Pick<typeof import('./machine/index.ts'), 'carryFiles' | 'surveyCopy'>;

export interface RealVolumes {
  /** Those that the instance mounts and that are still there. */
  mountedIn(instance: Instance): Promise<readonly MountedVolume[]>;
}

export interface RealCarrierOptions {
  readonly room: MachineRoom;
  readonly parts: Parts;
  /** Of an instance whose inside was made. */
  readonly machineOf: (instanceId: number) => Promise<Machine> | undefined;
}

/** Nothing stands in it: what is weighed against it is new. */
const NOWHERE: FileSite = {
  look: (path) => (path === '/' ? { kind: 'folder', sizeBytes: 0, modifiedAtMs: 0 } : undefined),
  names: () => [],
  resolve: (path) => path,
  diskAt: () => {
    throw new Error('Nothing can be written to nowhere');
  },
};

export function createRealCarrier({ room, parts, machineOf }: RealCarrierOptions): Carrier & RealVolumes {
  const removed = new Set<number>();

  const volumeOf = async (volumeId: number, sizeGb: number): Promise<Volume> => {
    if (removed.has(volumeId)) throw new Error(`Volume ${volumeId} was deleted`);
    return await room.volume({ volumeId, sizeGb });
  };
  const siteOf = async ({ place }: CopyEnd): Promise<FileSite> => {
    if (place.kind === 'volume') return (await volumeOf(place.id, place.sizeGb)).files;
    const machine = await machineOf(place.id);
    if (!machine) throw new Error(`Instance ${place.id} has no disk`);
    return machine.files;
  };
  const requestOf = async ({ from, to }: CopyOrder): Promise<CopyRequest<FileSite>> => ({
    source: await siteOf(from),
    target: to ? await siteOf(to) : NOWHERE,
    from: from.path,
    to: to?.path ?? '/',
  });

  return {
    weigh: async (order) => bytesIn(await parts.surveyCopy(await requestOf(order))),
    async carry(order, limitBytes) {
      const request = await requestOf(order);
      return await parts.carryFiles(request, await parts.surveyCopy(request), limitBytes);
    },
    async removeVolume(volumeId) {
      removed.add(volumeId);
      await room.removeVolume(volumeId);
    },
    mountedIn: async ({ mounts }) => {
      const there = mounts.filter(({ volume }) => !removed.has(volume.id));
      return await Promise.all(
        there.map(async ({ volume, path }) => ({ path, volume: await volumeOf(volume.id, volume.sizeGb) })),
      );
    },
  };
}
