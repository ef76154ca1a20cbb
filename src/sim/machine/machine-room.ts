// The room in which all machines of a simulator stand: who owns the folder, what a killed predecessor left there,
// and the end of everything when the simulator ends.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../base/std/index.ts';
import { fileSite } from './copy-files.ts';
import { watchDisks } from './disk/disk-watch.ts';
import { makeFolderDisk } from './disk/folder-disk.ts';
import { makeImageDisk, unmountBelow } from './disk/image-disk.ts';
import { tryDisks } from './disk/try-disks.ts';
import { tryIsolation } from './isolation.ts';
import { createMachine } from './machine.ts';
import { openSmiPort } from './nvidia-smi/smi-port.ts';
import { endMarked } from './plain-container.ts';
import { isAlive, startTicksOf } from './proc-table.ts';
import { startReaper } from './reaper.ts';
import { removeFolder } from './remove-folder.ts';
import type { Machine, MachineRoom, MachineRoomOptions, MachineSpec, Volume, VolumeSpec } from './types.ts';

/** The folders of machines and volumes begin with them; everything else in the room's folder is left alone. */
const PREFIXES = { machine: 'm-', volume: 'v-' } as const;
const OWNER_FILE = 'room.json';
const BYTES_PER_GB = 1e9;

export async function openMachineRoom(options: MachineRoomOptions): Promise<MachineRoom> {
  const { clock, log, host = '127.0.0.1', passwords = false } = options;
  makeFolder(options.dir);
  // Marks and mounts name folders as the kernel does.
  const dir = realpathSync(options.dir);
  await takeOver(dir, options);
  const reaper = startReaper({ dir, prefixes: PREFIXES, ownerFile: OWNER_FILE });
  const isolation =
    options.isolation === undefined || options.isolation === 'auto'
      ? await tryIsolation({ dir, clock, log })
      : options.isolation;
  const disks =
    options.disks === undefined || options.disks === 'auto' ? await tryDisks({ dir, log }) : options.disks;
  const watch = disks === 'folders' ? watchDisks({ dir, clock, log }) : undefined;
  const smi = await openSmiPort({ clock, log });
  const machines = new Map<number, Promise<Machine>>();
  const volumes = new Map<number, Promise<Volume & { readonly unwatch: () => void }>>();
  let isClosed = false;

  const makeMachine = async (spec: MachineSpec): Promise<Machine> => {
    const { instanceId, diskGb } = spec;
    const machineDir = join(dir, `${PREFIXES.machine}${instanceId}`);
    mkdirSync(machineDir, { mode: 0o700 });
    const place = { dir: machineDir, sizeBytes: diskGb * BYTES_PER_GB };
    const folder = disks === 'folders' ? makeFolderDisk(place) : undefined;
    const machine = createMachine({
      spec,
      dir: machineDir,
      disk: folder ?? (await makeImageDisk(place)),
      volumes: (await spec.volumes?.()) ?? [],
      watch,
      isolation,
      host,
      passwords,
      smi,
      clock,
      log,
      onDestroyed: () => void machines.delete(instanceId),
    });
    await folder?.measure();
    return machine;
  };

  const makeVolume = async ({ volumeId, sizeGb }: VolumeSpec) => {
    const place = { dir: join(dir, `${PREFIXES.volume}${volumeId}`), sizeBytes: sizeGb * BYTES_PER_GB };
    const folder = disks === 'folders' ? makeFolderDisk(place) : undefined;
    const disk = folder ?? (await makeImageDisk(place));
    // Who writes to it is not known here: any machine may have it.
    const watching = folder && watch?.add({ disk: folder, isBusy: () => true, measured: () => {} });
    const served = { disk, mounts: [], home: '/', alias: undefined };
    return { disk, files: fileSite(() => served), unwatch: () => watching?.end() };
  };
  const removeVolume = async (volumeId: number) => {
    const making = volumes.get(volumeId);
    volumes.delete(volumeId);
    const volume = await making?.catch(() => undefined);
    volume?.unwatch();
    await volume?.disk.remove();
  };

  return {
    isolation,
    disks,
    create: async (spec) => {
      const { instanceId } = spec;
      if (isClosed) throw new Error('The room of machines is closed; open another one');
      if (machines.has(instanceId))
        throw new Error(`Instance ${instanceId} has a machine already; destroy it first`);
      const making = makeMachine(spec);
      machines.set(instanceId, making);
      // One that could not be made may be tried again.
      making.catch(() => machines.delete(instanceId));
      return await making;
    },
    volume: async ({ volumeId, sizeGb }) => {
      if (isClosed) throw new Error('The room of machines is closed; open another one');
      const making = volumes.get(volumeId) ?? makeVolume({ volumeId, sizeGb });
      volumes.set(volumeId, making);
      return await making;
    },
    removeVolume,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await Promise.all(
        [...machines.values()].map(async (making) => await (await making.catch(() => undefined))?.destroy()),
      );
      await Promise.all([...volumes.keys()].map(removeVolume));
      watch?.stop();
      await smi.close();
      await reaper.dismiss();
      await removeFolder(join(dir, OWNER_FILE));
    },
  };
}

/** Refuses a folder that a living simulator uses, and clears one whose simulator died. */
async function takeOver(dir: string, { clock, log }: MachineRoomOptions): Promise<void> {
  const owner = ownerOf(dir);
  if (owner && isAlive(owner.pid) && startTicksOf(owner.pid) === owner.startTicks) {
    throw new Error(`The folder ${dir} is in use by process ${owner.pid}; stop it or take another folder`);
  }
  await endMarked(dir, clock);
  await unmountBelow(dir);
  const left = readdirSync(dir).filter((name) =>
    Object.values(PREFIXES).some((prefix) => name.startsWith(prefix)),
  );
  if (left.length > 0) log.info('clearing what a killed simulator left', { dir, machines: left.length });
  for (const name of left) await removeFolder(join(dir, name));
  const self = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? null };
  writeFileSync(join(dir, OWNER_FILE), `${JSON.stringify(self)}\n`);
}

function ownerOf(dir: string): { readonly pid: number; readonly startTicks: number | undefined } | undefined {
  const file = join(dir, OWNER_FILE);
  if (!existsSync(file)) return undefined;
  try {
    const { pid, startTicks } = JSON.parse(readFileSync(file, 'utf8')) as {
      pid: number;
      startTicks: number | null;
    };
    return Number.isInteger(pid) && pid > 0 ? { pid, startTicks: startTicks ?? undefined } : undefined;
  } catch {
    // Cut short when its writer was killed: then nobody owns the folder.
    return undefined;
  }
}
