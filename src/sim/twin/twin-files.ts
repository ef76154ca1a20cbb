// The file half of a twin's RemoteShell: its disk, with the errors that SFTP would give.
import {
  DiskFullError,
  type DownloadOptions,
  NoSuchFileError,
  RemoteFileError,
  type RemoteFileInfo,
  type UploadOptions,
} from '../../net/ssh/index.ts';
import { FileFault } from './file-fault.ts';
import type { TwinFile, TwinFileSystem } from './file-system.ts';
import { type LinkLife, whileAlive } from './link-life.ts';

export interface TwinFilesOptions {
  readonly files: TwinFileSystem;
  readonly life: LinkLife;
  /** Where relative paths begin. */
  readonly home: string;
  /** What a request and its answer take. */
  readonly roundTrip: () => Promise<void>;
}

const PIECE_BYTES = 128 * 1024;

export function createTwinFiles({ files, life, home, roundTrip }: TwinFilesOptions) {
  const at = (path: string) => (path.startsWith('/') ? path : `${home}/${path}`);

  const call = async <T>(path: string, act: (full: string) => T): Promise<T> => {
    await whileAlive(life, undefined, roundTrip());
    return asRemote(path, () => act(at(path)));
  };

  async function* download(path: string, { offset = 0, signal }: DownloadOptions = {}) {
    checkRange(offset, 0);
    const file = await call(path, (full) => files.open(full, 'existing'));
    for (let position = offset; ; ) {
      signal?.throwIfAborted();
      life.check();
      const bytes = file.buffer.slice(position, Math.min(file.sizeBytes, position + PIECE_BYTES));
      if (position >= file.sizeBytes || bytes.length === 0) return;
      position += bytes.length;
      yield bytes;
    }
  }

  const upload = async (
    path: string,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { offset = 0, signal }: UploadOptions = {},
  ): Promise<number> => {
    checkRange(offset, 0);
    signal?.throwIfAborted();
    const file = await call(path, (full) => {
      const opened = files.open(full, 'create');
      if (opened.sizeBytes < offset)
        throw new RemoteFileError(
          `${path} has ${opened.sizeBytes} bytes and cannot be continued at ${offset}; begin at its end or before`,
          path,
        );
      files.truncate(opened, offset, path);
      return opened;
    });
    let position = offset;
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      life.check();
      asRemote(path, () => files.writeNode(file, position, piece, path));
      position += piece.length;
    }
    return position - offset;
  };

  return {
    stat: (path: string) =>
      call(path, (full): RemoteFileInfo | undefined => {
        const found = files.find(full);
        return found && { ...infoOf(found), path };
      }),
    list: (path: string) =>
      call(path, (full): readonly RemoteFileInfo[] => {
        const base = path.endsWith('/') ? path : `${path}/`;
        return files
          .list(full)
          .map((file) => ({ ...infoOf(file), path: base + file.path.slice(file.path.lastIndexOf('/') + 1) }));
      }),
    read: async (path: string, offset: number, length: number) => {
      checkRange(offset, length);
      return await call(path, (full) => files.read(full, offset, length));
    },
    write: async (path: string, offset: number, bytes: Uint8Array) => {
      checkRange(offset, bytes.length);
      await call(path, (full) => files.writeNode(files.open(full, 'create'), offset, bytes, path));
    },
    download,
    upload,
  };
}

function asRemote<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    const message = `${path} cannot be used so: ${error.message}`;
    switch (error.code) {
      case 'ENOENT':
      case 'ENOTDIR':
      case 'ELOOP':
        throw new NoSuchFileError(message, path, error);
      case 'ENOSPC':
        throw new DiskFullError(message, path, error);
      default:
        throw new RemoteFileError(message, path, error);
    }
  }
}

function infoOf({ path, kind, sizeBytes, modifiedAtMs }: TwinFile): RemoteFileInfo {
  // SFTP's third version carries whole seconds. Files of a twin have no modes, and none of them is run.
  return { path, kind, sizeBytes, modifiedAtMs: Math.floor(modifiedAtMs / 1000) * 1000, isExecutable: false };
}

function checkRange(offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 0) return;
  throw new RangeError(`Offset ${offset} and length ${length} have to be whole numbers from 0 on`);
}
