// Gives instances a real inside: a folder with an SSH server, bash and SFTP, from the room of machines.
import type { Clock, Log } from '../base/std/index.ts';
import { containerEnv } from './container-env.ts';
import { createGpuLoads, type GpuLoads } from './gpu-loads.ts';
import type { Inside } from './inside.ts';
import type { Container, ContainerFault, Instance, MakeContainer } from './instances/index.ts';
import type { Machine, MachineFault, MachineRoom, MachineSpec } from './machine/index.ts';
import { createRealCarrier, type RealVolumes } from './real-carrier.ts';

export interface RealContainersOptions {
  readonly room: MachineRoom;
  readonly loads: GpuLoads;
  readonly volumes: RealVolumes;
  /** Told of the machine of an instance as soon as it is being made. */
  readonly noteMachine: (instanceId: number, machine: () => Promise<Machine>) => void;
  /** Where machines listen: the address that instances say they have. */
  readonly host: string;
  /** The password of every instance's root, where passwords are allowed at all. */
  readonly password?: string;
}

export interface RealInsideOptions {
  /** All machines live below it; made when missing, private to this user. Two simulations cannot share it. */
  readonly dir: string;
  /** Of the machines' processes, which live in real time whatever the simulation's clock does. */
  readonly clock: Clock;
  readonly log: Log;
  /** Where machines listen; default 127.0.0.1. */
  readonly host?: string;
  /** Lets root log in with it; without one only keys do. */
  readonly password?: string;
}

/** Real machines in every instance. Rejects when the folder is in use by another simulation. */
export async function realInside(options: RealInsideOptions): Promise<Inside> {
  const { host = '127.0.0.1', password, ...place } = options;
  // An SSH server is much to load for those who want none.
  const { openMachineRoom, ...parts } = await import('./machine/index.ts');
  const room = await openMachineRoom({ ...place, host, passwords: password !== undefined });
  const loads = createGpuLoads();
  const machines = new Map<number, () => Promise<Machine>>();
  const carrier = createRealCarrier({ room, parts, machineOf: (instanceId) => machines.get(instanceId)?.() });
  return {
    makeContainer: realContainers({
      room,
      loads,
      volumes: carrier,
      noteMachine: (instanceId, machine) => machines.set(instanceId, machine),
      host,
      ...(password !== undefined && { password }),
    }),
    loads,
    carrier,
    close: () => room.close(),
  };
}

const BYTES_PER_GB = 1e9;

const FAULTS: Readonly<Record<ContainerFault, MachineFault>> = {
  'key-refused': 'refuse-key',
  'key-lost': 'lose-keys',
  'stuck-tunnel': 'stuck-tunnel',
  'slow-ssh': 'slow',
  'ssh-reset': 'reset-mid-transfer',
  'disk-full': 'disk-full',
};

export function realContainers(options: RealContainersOptions): MakeContainer {
  return (instance, onExit) => realContainer(options, instance, onExit);
}

function realContainer(options: RealContainersOptions, instance: Instance, onExit: () => void): Container {
  const { room, host, noteMachine } = options;
  let machine: Machine | undefined;
  let isUp = false;
  let isDestroyed = false;
  let making: Promise<Machine> | undefined;
  // Its disk may be asked for while it starts: both want the same machine.
  const made = async () => {
    if (isDestroyed) throw new Error(`The machine of instance ${instance.id} was destroyed`);
    making ??= room.create(specOf(options, instance, onExit));
    machine = await making;
    return machine;
  };
  noteMachine(instance.id, made);
  return {
    async start() {
      await (await made()).start();
      isUp = true;
    },
    async stop() {
      isUp = false;
      await machine?.stop();
    },
    async reboot() {
      isUp = false;
      await (await made()).reboot();
      isUp = true;
    },
    async recycle() {
      isUp = false;
      await (await making)?.destroy();
      machine = undefined;
      making = undefined;
    },
    async destroy() {
      isUp = false;
      isDestroyed = true;
      await (await making)?.destroy();
    },
    get sshPort() {
      return isUp && machine && machine.sshPort > 0 ? machine.sshPort : undefined;
    },
    sshHost: host,
    logs: async () => await (await made()).logs(),
    execute: async (command) => (await (await made()).execute(command)).output,
    diskUsedGb: () => (machine && !isDestroyed ? machine.diskUsageBytes() / BYTES_PER_GB : undefined),
    trafficGb() {
      const { inBytes, outBytes } = machine?.trafficBytes() ?? { inBytes: 0, outBytes: 0 };
      return { up: outBytes / BYTES_PER_GB, down: inBytes / BYTES_PER_GB };
    },
    befall: async (fault) => await (await made()).beginFault(FAULTS[fault]),
    isGpuIdle: () => options.loads.of(instance.id).state === 'idle',
  };
}

function specOf(
  { loads, password, volumes }: RealContainersOptions,
  instance: Instance,
  onExit: () => void,
): MachineSpec {
  const { id, launch, hardware, machine, gpuIds } = instance;
  const isArgs = launch.runtype === 'args';
  return {
    instanceId: id,
    diskGb: instance.diskGb,
    env: containerEnv(instance),
    authorizedKeys: () => instance.sshKeys.map(({ publicKey }) => publicKey),
    ...(password !== undefined && { password }),
    ...(launch.onstart !== null && { onstart: launch.onstart }),
    ...(isArgs && { args: launch.args }),
    gpus: {
      name: instance.wrongGpu?.gpuName ?? machine.model.name,
      count: instance.wrongGpu?.numGpus ?? gpuIds.length,
      memoryMb: machine.model.gpuRamMb,
      uuidSeed: `${hardware.public_ipaddr} ${gpuIds.join(' ')}`,
    },
    load: () => loads.of(id),
    autoTmux: true,
    ...(instance.mounts.length > 0 && { volumes: () => volumes.mountedIn(instance) }),
    onExit,
  };
}
