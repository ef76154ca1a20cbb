// Files of the target over SFTP: what is there, and bytes by offset.
import ssh2, { type FileEntryWithStats, type Stats } from 'ssh2';
import { DiskFullError, NoSuchFileError, RemoteFileError } from './errors.ts';
import type { DownloadOptions, RemoteFileInfo, UploadOptions } from './remote-shell.ts';
import type { SftpSession } from './sftp-session.ts';
import { type OpenFile, readInOrder, writeInOrder } from './sftp-transfer.ts';

const { OPEN_MODE } = ssh2.utils.sftp;

/** Follows links; undefined when nothing is there. */
export async function statFile(session: SftpSession, path: string): Promise<RemoteFileInfo | undefined> {
  try {
    const attributes = await session.call<Stats>({ path, what: 'looked at' }, (sftp, done) =>
      sftp.stat(path, done),
    );
    return describe(path, attributes);
  } catch (error) {
    if (error instanceof NoSuchFileError) return undefined;
    throw error;
  }
}

export async function listFolder(session: SftpSession, path: string): Promise<readonly RemoteFileInfo[]> {
  const entries = await session.call<FileEntryWithStats[]>({ path, what: 'listed' }, (sftp, done) =>
    sftp.readdir(path, done),
  );
  const base = path.endsWith('/') ? path : `${path}/`;
  return entries
    .filter(({ filename }) => filename !== '.' && filename !== '..')
    .map(({ filename, attrs }) => describe(base + filename, attrs))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function readAt(
  session: SftpSession,
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  checkRange(offset, length);
  if (length === 0) return new Uint8Array();
  return await withOpenFile(session, { path, what: 'read', flags: OPEN_MODE.READ }, async (file) => {
    const pieces: Buffer[] = [];
    for await (const piece of readInOrder(session, file, { offset, end: offset + length }))
      pieces.push(piece);
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  });
}

export async function writeAt(
  session: SftpSession,
  path: string,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  checkRange(offset, bytes.length);
  const flags = OPEN_MODE.WRITE | OPEN_MODE.CREAT;
  await withOpenFile(session, { path, what: 'written', flags }, (file) =>
    writeInOrder(session, file, [bytes], { offset }),
  ).catch((error: unknown) => sayWhetherFull(session, error));
}

export async function* downloadFile(
  session: SftpSession,
  path: string,
  { offset = 0, signal }: DownloadOptions,
): AsyncGenerator<Uint8Array, void> {
  checkRange(offset, 0);
  const file = await openFile(session, { path, what: 'read', flags: OPEN_MODE.READ });
  try {
    yield* readInOrder(session, file, signal ? { offset, signal } : { offset });
  } finally {
    await closeFile(session, file);
  }
}

export async function uploadFile(
  session: SftpSession,
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { offset = 0, signal }: UploadOptions,
): Promise<number> {
  checkRange(offset, 0);
  const keep = offset > 0 ? 0 : OPEN_MODE.TRUNC;
  const flags = OPEN_MODE.WRITE | OPEN_MODE.CREAT | keep;
  return await withOpenFile(session, { path, what: 'written', flags }, async (file) => {
    if (offset > 0) await cutTo(session, file, offset);
    return await writeInOrder(session, file, pieces, signal ? { offset, signal } : { offset });
  }).catch((error: unknown) => sayWhetherFull(session, error));
}

async function cutTo(
  session: SftpSession,
  { sftp, path, handle }: OpenFile,
  sizeBytes: number,
): Promise<void> {
  const { size } = await session.callOn<Stats>(sftp, { path, what: 'looked at' }, (on, done) =>
    on.fstat(handle, done),
  );
  if (size < sizeBytes)
    throw new RemoteFileError(
      `${path} has ${size} bytes and cannot be continued at ${sizeBytes}; begin at its end or before`,
      path,
    );
  if (size > sizeBytes)
    await session.callOn<void>(sftp, { path, what: 'cut' }, (on, done) =>
      on.fsetstat(handle, { size: sizeBytes } as Parameters<typeof on.fsetstat>[1], (error) =>
        done(error, undefined),
      ),
    );
}

async function withOpenFile<T>(
  session: SftpSession,
  opening: { readonly path: string; readonly what: string; readonly flags: number },
  use: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await openFile(session, opening);
  let result: T;
  try {
    result = await use(file);
  } catch (error) {
    // The first fault is what the caller has to know; a failing close adds nothing to it.
    await closeFile(session, file).catch(() => {});
    throw error;
  }
  await closeFile(session, file);
  return result;
}

async function openFile(
  session: SftpSession,
  { path, what, flags }: { readonly path: string; readonly what: string; readonly flags: number },
): Promise<OpenFile> {
  const sftp = await session.open();
  const handle = await session.callOn<Buffer>(sftp, { path, what }, (on, done) =>
    on.open(path, flags, (error, opened) => done(error, opened)),
  );
  return { sftp, path, handle };
}

async function closeFile(session: SftpSession, { sftp, path, handle }: OpenFile): Promise<void> {
  await session.callOn<void>(sftp, { path, what: 'closed' }, (on, done) =>
    on.close(handle, (error) => done(error, undefined)),
  );
}

interface FileSystemFacts {
  readonly f_bavail: number;
  readonly f_favail: number;
}

/**
 * SFTP's third version has no word for a full disk: OpenSSH answers "Failure". Where the server tells about
 * its file systems (OpenSSH does), no free block or inode makes it a DiskFullError.
 */
async function sayWhetherFull(session: SftpSession, error: unknown): Promise<never> {
  if (!(error instanceof RemoteFileError) || error.constructor !== RemoteFileError) throw error;
  const { path } = error;
  let facts: FileSystemFacts;
  try {
    facts = await session.call<FileSystemFacts>({ path, what: 'looked at' }, (sftp, done) =>
      sftp.ext_openssh_statvfs(path, done),
    );
  } catch {
    // The server lacks the extension or the file: what it said first is all there is.
    throw error;
  }
  if (facts.f_bavail > 0 && facts.f_favail > 0) throw error;
  throw new DiskFullError(`${path} cannot be written: the disk is full`, path, error);
}

function checkRange(offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 0) return;
  throw new RangeError(`Offset ${offset} and length ${length} have to be whole numbers from 0 on`);
}

function describe(path: string, attributes: Stats): RemoteFileInfo {
  const kind = attributes.isFile()
    ? 'file'
    : attributes.isDirectory()
      ? 'directory'
      : attributes.isSymbolicLink()
        ? 'link'
        : 'other';
  return {
    path,
    kind,
    sizeBytes: attributes.size,
    modifiedAtMs: attributes.mtime * 1000,
    isExecutable: kind === 'file' && (attributes.mode & 0o100) !== 0,
  };
}
