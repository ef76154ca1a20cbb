// Moves files between the disks of twins and volumes, which are trees in memory that several twins may have at once.
import type { Clock } from '../base/std/index.ts';
import { bytesIn } from './copying/copy-steps.ts';
import type { Carrier, CopyEnd, CopyOrder, Instance } from './instances/index.ts';
import type { TwinFileSystem } from './twin/index.ts';

type Parts = Pick<typeof import('./twin/index.ts'), 'TwinFileSystem' | 'carryTwinFiles' | 'surveyTwinCopy'>;

export interface TwinVolumes {
  /** Shows the instance's volumes, those that are still there, at their places. */
  mountIn(instance: Instance, files: TwinFileSystem): void;
}

export interface TwinCarrierOptions {
  readonly clock: Clock;
  readonly parts: Parts;
  /** Of an instance whose inside was made. */
  readonly filesOf: (instanceId: number) => TwinFileSystem | undefined;
}

const BYTES_PER_GB = 1e9;

export function createTwinCarrier({ clock, parts, filesOf }: TwinCarrierOptions): Carrier & TwinVolumes {
  const volumes = new Map<number, TwinFileSystem>();
  const removed = new Set<number>();

  const volumeOf = (volumeId: number, sizeGb: number): TwinFileSystem => {
    if (removed.has(volumeId)) throw new Error(`Volume ${volumeId} was deleted`);
    const known = volumes.get(volumeId);
    if (known) return known;
    const made = new parts.TwinFileSystem({ clock, capacityBytes: sizeGb * BYTES_PER_GB });
    volumes.set(volumeId, made);
    return made;
  };
  const treeOf = ({ place }: CopyEnd): TwinFileSystem => {
    const files = place.kind === 'volume' ? volumeOf(place.id, place.sizeGb) : filesOf(place.id);
    if (!files) throw new Error(`Instance ${place.id} has no disk`);
    return files;
  };
  /** What goes out of this world is weighed against an empty disk. */
  const copyOf = ({ from, to }: CopyOrder) => ({
    source: treeOf(from),
    target: to ? treeOf(to) : new parts.TwinFileSystem({ clock, capacityBytes: 0 }),
    from: from.path,
    to: to?.path ?? '/',
  });

  return {
    weigh: (order) => bytesIn(parts.surveyTwinCopy(copyOf(order))),
    carry(order, limitBytes) {
      const copy = copyOf(order);
      return parts.carryTwinFiles(copy, parts.surveyTwinCopy(copy), limitBytes);
    },
    removeVolume(volumeId) {
      removed.add(volumeId);
      volumes.delete(volumeId);
    },
    mountIn({ mounts }, files) {
      for (const { volume, path } of mounts) {
        if (!removed.has(volume.id)) files.mount(path, volumeOf(volume.id, volume.sizeGb));
      }
    },
  };
}
