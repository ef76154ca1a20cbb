// What the SFTP server has to know of a machine.

export interface SftpDisk {
  /** The folder that clients see as `/`. */
  readonly root: string;
  /** Where relative paths begin, as clients see it. */
  readonly home: string;
  /** Where processes have no root of their own they see `root` by this path, and so may clients name it. */
  readonly alias: string | undefined;
  readonly sizeBytes: number;
  /** As last measured. */
  readonly usedBytes: () => number;
  readonly isFull: () => boolean;
}
