// What a twin's process reads from and writes to: pipes, files, and nothing. Held by count, as descriptors
// are: a pipe ends when its last writer lets go, which is why a child that inherits it keeps it open.
import { readNode, type TwinFileSystem } from './file-system.ts';
import type { FileNode } from './inode.ts';

/** Writing where nobody reads any more: the process gets SIGPIPE. */
export class BrokenPipe extends Error {
  override name = 'BrokenPipe';
}

export interface Source {
  /** Waits for bytes; undefined at the end. */
  read(maxBytes: number): Promise<Uint8Array | undefined>;
  hold(): void;
  release(): void;
}

export interface Sink {
  /** Resolves when there is room for more. Rejects with BrokenPipe or a FileFault. */
  write(bytes: Uint8Array): Promise<void>;
  hold(): void;
  release(): void;
}

/** Linux's size of a pipe. */
const PIPE_BYTES = 64 * 1024;

export interface Pipe {
  readonly source: Source;
  readonly sink: Sink;
  /** Ends both ends at once, as a lost connection does: writers break, readers see the end. */
  breakOff(): void;
}

/** Both ends are held once by the maker. `capacityBytes` is what a writer may be ahead of its reader. */
export function createPipe(capacityBytes = PIPE_BYTES): Pipe {
  let queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let writers = 1;
  let readers = 1;
  let wake: (() => void)[] = [];
  const changed = () => {
    const sleepers = wake;
    wake = [];
    for (const fn of sleepers) fn();
  };
  const change = () => new Promise<void>((resolve) => wake.push(resolve));
  return {
    source: {
      async read(maxBytes) {
        while (queue.length === 0) {
          if (writers === 0 || readers === 0) return undefined;
          await change();
        }
        const first = queue[0] as Uint8Array;
        const taken = first.subarray(0, maxBytes);
        if (taken.length === first.length) queue.shift();
        else queue[0] = first.subarray(taken.length);
        queuedBytes -= taken.length;
        changed();
        return taken;
      },
      hold: () => {
        readers += 1;
      },
      release: () => {
        readers -= 1;
        if (readers > 0) return;
        queue = [];
        queuedBytes = 0;
        changed();
      },
    },
    sink: {
      async write(bytes) {
        if (readers === 0) throw new BrokenPipe('nobody reads the pipe');
        if (bytes.length === 0) return;
        queue.push(bytes.slice());
        queuedBytes += bytes.length;
        changed();
        while (queuedBytes > capacityBytes) {
          await change();
          if (readers === 0) throw new BrokenPipe('nobody reads the pipe');
        }
      },
      hold: () => {
        writers += 1;
      },
      release: () => {
        writers -= 1;
        if (writers === 0) changed();
      },
    },
    breakOff: () => {
      readers = 0;
      queue = [];
      queuedBytes = 0;
      changed();
    },
  };
}

const COUNTED_NOWHERE = { hold: () => {}, release: () => {} };

/** /dev/null, read and written. */
export const NOTHING: Source & Sink = {
  read: async () => undefined,
  write: async () => {},
  ...COUNTED_NOWHERE,
};

export function fileSource(file: FileNode): Source {
  let position = 0;
  return {
    read: async (maxBytes) => {
      const bytes = readNode(file, position, maxBytes);
      position += bytes.length;
      return bytes.length === 0 ? undefined : bytes;
    },
    ...COUNTED_NOWHERE,
  };
}

/** One open file: who shares it shares its position, as `{ a; b; } > file` wants. */
export function fileSink(
  files: TwinFileSystem,
  file: FileNode,
  path: string,
  mode: 'replace' | 'append',
): Sink {
  let position = 0;
  return {
    write: async (bytes) => {
      if (mode === 'append') position = file.sizeBytes;
      files.writeNode(file, position, bytes, path);
      position += bytes.length;
    },
    ...COUNTED_NOWHERE,
  };
}
