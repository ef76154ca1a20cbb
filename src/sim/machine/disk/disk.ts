// The disk of a machine or a volume: a folder with a size. Two designs stand behind it: a file system of its own in a
// file, and a folder that is measured now and then.

export interface Disk {
  /** Where the files are; it stays the same for as long as the disk is there. */
  readonly dir: string;
  readonly sizeBytes: number;
  /** Who keeps writers within the size; where it is measuring, writers from outside ask and tell. */
  readonly heldBy: 'kernel' | 'measuring';
  /** What its files take; of a folder as last measured, with what was written from outside since. */
  usedBytes(): number;
  /** 0 while it is made full. */
  freeBytes(): number;
  /** So many bytes were written to it from outside the machine. */
  wrote(bytes: number): void;
  /** Lets nothing more be written, or lifts that; what the machine's processes see of it is `Container.setDiskFull`. */
  setFull(isFull: boolean): Promise<void>;
  /** Removes every file. */
  clear(): Promise<void>;
  /** The disk is gone when it resolves, also while something has files of it open. */
  remove(): Promise<void>;
}

export interface DiskPlace {
  /** Of this disk alone; made when missing. */
  readonly dir: string;
  readonly sizeBytes: number;
}

/** Below the disk's own folder: the file system, and in it the files, beside what the design keeps there. */
export const FILE_SYSTEM = 'fs';
export const FILES = `${FILE_SYSTEM}/disk`;
