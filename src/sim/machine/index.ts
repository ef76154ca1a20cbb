// The real machines of simulated instances: folders with an SSH server, bash, SFTP and a stand-in for nvidia-smi.
export { carryFiles, type FileSite, surveyCopy } from './copy-files.ts';
export { DiskCommandError } from './disk-command.ts';
export { openMachineRoom } from './machine-room.ts';
export { GPU_STATES, type GpuLoad, type GpuProcess, type GpuState } from './nvidia-smi/gpu-load.ts';
export {
  DISK_KINDS,
  type DiskKind,
  type Gpus,
  ISOLATIONS,
  type Isolation,
  MACHINE_FAULTS,
  type Machine,
  type MachineFault,
  type MachineRoom,
  type MachineRoomOptions,
  type MachineSpec,
  type MountedVolume,
  type Traffic,
  type Volume,
  type VolumeSpec,
} from './types.ts';
