// What the programs of a twin carry over its network, as /proc/net/dev tells it. Connections into it are not counted.
import type { Clock } from '../../base/std/index.ts';
import { TwinFileSystem } from './file-system.ts';

export interface TwinNetwork {
  /** Since the machine was made, over restarts. */
  readonly carried: { readonly downBytes: number; readonly upBytes: number };
  carry(bytes: { readonly downBytes?: number; readonly upBytes?: number }): void;
  /** A container that starts again counts from zero. */
  restart(): void;
}

/** Below `/proc`. */
const FILE = '/net/dev';

export function createTwinNetwork(files: TwinFileSystem, clock: Clock): TwinNetwork {
  // What the kernel tells takes no room on the disk.
  const kernel = new TwinFileSystem({ clock, capacityBytes: Number.POSITIVE_INFINITY });
  kernel.makeDirectory('/net', 'parents');
  files.makeDirectory('/proc', 'parents');
  files.mount('/proc', kernel);
  const carried = { downBytes: 0, upBytes: 0 };
  let before = { ...carried };
  const tell = () => {
    const [down, up] = [carried.downBytes - before.downBytes, carried.upBytes - before.upBytes];
    kernel.write(
      FILE,
      `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0: ${down} ${Math.ceil(down / 1400)}    0    0    0     0          0         0 ${up} ${Math.ceil(up / 1400)}    0    0    0     0       0          0
`,
    );
  };
  tell();
  return {
    carried,
    carry({ downBytes = 0, upBytes = 0 }) {
      carried.downBytes += downBytes;
      carried.upBytes += upBytes;
      tell();
    },
    restart() {
      before = { ...carried };
      tell();
    },
  };
}
