// What a simulated instance's machine is made of, and what can be done with it.
import type { Clock, Log } from '../../base/std/index.ts';
import type { FileSite } from './copy-files.ts';
import type { Disk } from './disk/disk.ts';
import type { GpuLoad } from './nvidia-smi/gpu-load.ts';

export interface MachineRoomOptions {
  /** All machines live below it; made when missing, private to this user. Two rooms cannot share it. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where machines listen, and where ports that clients forward are bound; default 127.0.0.1. */
  readonly host?: string;
  /** Lets `MachineSpec.password` log in; default false, since Vast.ai's machines take keys only. */
  readonly passwords?: boolean;
  /** `auto` (default) takes namespaces where this user may make them, and plain processes elsewhere. */
  readonly isolation?: 'auto' | Isolation;
  /** `auto` (default) takes images where this user may mount them, and folders elsewhere. */
  readonly disks?: 'auto' | DiskKind;
}

/**
 * `namespaces`: /root, /workspace and /tmp are the machine's own, and its processes see no others. `plain`: processes
 * of the host with HOME, WORKSPACE and TMPDIR inside the machine's folder.
 */
export const ISOLATIONS = ['namespaces', 'plain'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/**
 * `images`: each disk is a file system of its own, whose size the kernel holds. `folders`: its size is measured now and
 * then (docs/internals/simulator-machines.md says how coarsely).
 */
export const DISK_KINDS = ['images', 'folders'] as const;
export type DiskKind = (typeof DISK_KINDS)[number];

export interface MachineSpec {
  readonly instanceId: number;
  readonly diskGb: number;
  /** Vast.ai's variables and the renter's: CONTAINER_ID, PUBLIC_IPADDR, GPU_COUNT, DATA_DIRECTORY, … */
  readonly env: Readonly<Record<string, string>>;
  /** OpenSSH public key lines, asked for at each login. Those in the machine's ~/.ssh/authorized_keys count too. */
  readonly authorizedKeys: () => readonly string[];
  readonly password?: string;
  /** A bash script, written to /root/onstart.sh and run at each start; what it prints is in `logs()`. */
  readonly onstart?: string;
  /** The container's own command, for the runtype `args`: it runs instead of SSH. */
  readonly args?: readonly string[];
  readonly gpus: Gpus;
  /** Read whenever nvidia-smi runs. */
  readonly load: () => GpuLoad;
  /** Vast.ai's images open tmux for interactive logins unless ~/.no_auto_tmux exists. */
  readonly autoTmux: boolean;
  /** Asked for at each start. Two machines may have the same one at once; left out, none. */
  readonly volumes?: () => Promise<readonly MountedVolume[]>;
  /** The command of `args` has ended, with its exit code, or null when a signal ended it. Not called by `stop`. */
  readonly onExit?: (code: number | null) => void;
}

export interface MountedVolume {
  /** Absolute, as the machine sees it. */
  readonly path: string;
  readonly volume: Volume;
}

/** A folder of limited size that outlives machines. */
export interface Volume {
  readonly disk: Disk;
  readonly files: FileSite;
}

export interface VolumeSpec {
  readonly volumeId: number;
  readonly sizeGb: number;
}

export interface Gpus {
  /** As Vast.ai names it, e.g. `RTX 4090`. */
  readonly name: string;
  readonly count: number;
  /** Of each GPU. */
  readonly memoryMb: number;
  readonly uuidSeed: string;
}

/**
 * `refuse-key`: no key is taken. `lose-keys`: the keys listed when the fault began are taken no more, later ones are.
 * `stuck-tunnel`: TCP is accepted and never answered, until a reboot. `slow`: new connections are slow.
 * `reset-mid-transfer`: a connection is reset once it has carried another megabyte. `disk-full`: nothing more fits. On a
 * folder that holds for SFTP and copies, and for processes under /root, /workspace and /tmp where machines have
 * namespaces (without root, from the next namespaces on); such processes keep what they had open and the folder they
 * stand in.
 */
export const MACHINE_FAULTS = [
  'refuse-key',
  'lose-keys',
  'stuck-tunnel',
  'slow',
  'reset-mid-transfer',
  'disk-full',
] as const;
export type MachineFault = (typeof MACHINE_FAULTS)[number];

/** Bytes of its SSH connections on the wire: `in` is what the machine received. */
export interface Traffic {
  readonly inBytes: number;
  readonly outBytes: number;
}

export interface Machine {
  /** 0 for the runtype `args`. The same after a stop unless another program took it meanwhile. */
  readonly sshPort: number;
  start(): Promise<void>;
  /** Ends every process and connection; the disk stays. */
  stop(): Promise<void>;
  /** A stop and a start; ends a stuck tunnel. */
  reboot(): Promise<void>;
  /** A start on a fresh disk, with a new host key. */
  recycle(): Promise<void>;
  /** Processes and files are gone when it resolves; the machine cannot be started again. */
  destroy(): Promise<void>;
  /** What its files take, without volumes; of a folder as last measured, which asking brings about again. */
  diskUsageBytes(): number;
  /** Its disk, with volumes where they are mounted; also while it is stopped. */
  readonly files: FileSite;
  /** What onstart or the command of `args` printed: the last megabyte. */
  logs(): Promise<string>;
  /**
   * Vast.ai's `execute`: `ls`, `rm` or `du` inside the disk, also when stopped. Rejects with DiskCommandError when the
   * command is longer than 512 characters or another one.
   */
  execute(command: string): Promise<{ readonly output: string }>;
  /** Several may hold at once; one that holds already begins anew. */
  beginFault(fault: MachineFault): Promise<void>;
  /** The others go on. */
  endFault(fault: MachineFault): Promise<void>;
  trafficBytes(): Traffic;
}

export interface MachineRoom {
  /** The design in use on this system. */
  readonly isolation: Isolation;
  readonly disks: DiskKind;
  /** Makes a machine, stopped. Throws when the room has one for this instance. */
  create(spec: MachineSpec): Promise<Machine>;
  /** Makes it the first time. */
  volume(spec: VolumeSpec): Promise<Volume>;
  /** With everything on it, also while machines have it; one that was never made is no fault. */
  removeVolume(volumeId: number): Promise<void>;
  /** Destroys every machine and removes every volume. */
  close(): Promise<void>;
}
