// Gives instances a real inside: a folder with an SSH server, bash and SFTP, from the room of machines.
import type { GpuLoads } from './gpu-loads.ts';
import type { Container, ContainerFault, MakeContainer } from './instances/container.ts';
import type { Instance } from './instances/instance.ts';
import type { Machine, MachineFault, MachineRoom, MachineSpec } from './machine/index.ts';

export interface RealContainersOptions {
  readonly room: MachineRoom;
  readonly loads: GpuLoads;
  /** Where machines listen: the address that instances say they have. */
  readonly host: string;
  /** The password of every instance's root, where passwords are allowed at all. */
  readonly password?: string;
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
  const { room, host } = options;
  let machine: Machine | undefined;
  let isUp = false;
  let making: Promise<Machine> | undefined;
  // Its disk may be asked for while it starts: both want the same machine.
  const made = async () => {
    making ??= room.create(specOf(options, instance, onExit));
    machine = await making;
    return machine;
  };
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
      await machine?.destroy();
      machine = undefined;
      making = undefined;
    },
    async destroy() {
      isUp = false;
      await machine?.destroy();
    },
    get sshPort() {
      return isUp && machine && machine.sshPort > 0 ? machine.sshPort : undefined;
    },
    sshHost: host,
    logs: async () => await (await made()).logs(),
    execute: async (command) => (await (await made()).execute(command)).output,
    diskUsedGb: async () => (await (await made()).diskUsageBytes()) / BYTES_PER_GB,
    trafficGb() {
      const { inBytes, outBytes } = machine?.trafficBytes() ?? { inBytes: 0, outBytes: 0 };
      return { up: outBytes / BYTES_PER_GB, down: inBytes / BYTES_PER_GB };
    },
    befall: async (fault) => await (await made()).setFault(FAULTS[fault]),
  };
}

function specOf(
  { loads, password }: RealContainersOptions,
  instance: Instance,
  onExit: () => void,
): MachineSpec {
  const { id, launch, hardware, machine, gpuIds } = instance;
  const isArgs = launch.runtype === 'args';
  return {
    instanceId: id,
    diskGb: instance.diskGb,
    env: environmentOf(instance),
    authorizedKeys: () => instance.sshKeys.map(({ publicKey }) => publicKey),
    ...(password !== undefined && { password }),
    ...(launch.onstart !== null && { onstart: launch.onstart }),
    ...(isArgs && { args: launch.args }),
    gpus: {
      name: machine.model.name,
      count: gpuIds.length,
      memoryMb: machine.model.gpuRamMb,
      uuidSeed: `${hardware.public_ipaddr} ${gpuIds.join(' ')}`,
    },
    load: () => loads.of(id),
    autoTmux: true,
    onExit,
  };
}

/** The variables that the service puts into every container, over the account's and the renter's own. */
function environmentOf(instance: Instance): Readonly<Record<string, string>> {
  const { id, launch, gpuIds, hardware } = instance;
  const variables = Object.entries(launch.env).filter(([name]) => !name.startsWith('-'));
  return {
    ...instance.accountEnv,
    ...Object.fromEntries(variables),
    CONTAINER_ID: String(id),
    CONTAINER_API_KEY: instance.apiKey.key,
    VAST_CONTAINERLABEL: `C.${id}`,
    PUBLIC_IPADDR: String(hardware.public_ipaddr),
    GPU_COUNT: String(gpuIds.length),
    SSH_PUBLIC_KEY: instance.sshKeys.map(({ publicKey }) => publicKey).join('\n'),
    DATA_DIRECTORY: '/workspace/',
    JUPYTER_TOKEN: instance.jupyterToken,
  };
}
