// The room in which all machines of a simulator stand: who owns the folder, what a killed predecessor left there,
// and the end of everything when the simulator ends.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../base/std/index.ts';
import { tryIsolation } from './isolation.ts';
import { createMachine } from './machine.ts';
import { openSmiPort } from './nvidia-smi/smi-port.ts';
import { endMarked } from './plain-container.ts';
import { isAlive, startTicksOf } from './proc-table.ts';
import { startReaper } from './reaper.ts';
import { removeFolder } from './remove-folder.ts';
import type { Machine, MachineRoom, MachineRoomOptions } from './types.ts';

/** Machines' folders begin with it; everything else in the room's folder is left alone. */
const MACHINE_PREFIX = 'm-';
const OWNER_FILE = 'room.json';

export async function openMachineRoom(options: MachineRoomOptions): Promise<MachineRoom> {
  const { clock, log, host = '127.0.0.1', passwords = false } = options;
  makeFolder(options.dir);
  // Marks and mounts name folders as the kernel does.
  const dir = realpathSync(options.dir);
  await takeOver(dir, options);
  const reaper = startReaper({ dir, machinePrefix: MACHINE_PREFIX, ownerFile: OWNER_FILE });
  const isolation =
    options.isolation === undefined || options.isolation === 'auto'
      ? await tryIsolation({ dir, clock, log })
      : options.isolation;
  const smi = await openSmiPort({ clock, log });
  const machines = new Map<number, Machine>();
  let isClosed = false;
  return {
    isolation,
    create: async (spec) => {
      const { instanceId } = spec;
      if (isClosed) throw new Error('The room of machines is closed; open another one');
      if (machines.has(instanceId))
        throw new Error(`Instance ${instanceId} has a machine already; destroy it first`);
      const machineDir = join(dir, `${MACHINE_PREFIX}${instanceId}`);
      mkdirSync(machineDir, { mode: 0o700 });
      const onDestroyed = () => void machines.delete(instanceId);
      const machine = createMachine({
        spec,
        dir: machineDir,
        isolation,
        host,
        passwords,
        smi,
        clock,
        log,
        onDestroyed,
      });
      machines.set(instanceId, machine);
      return machine;
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await Promise.all([...machines.values()].map((machine) => machine.destroy()));
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
  const left = readdirSync(dir).filter((name) => name.startsWith(MACHINE_PREFIX));
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
