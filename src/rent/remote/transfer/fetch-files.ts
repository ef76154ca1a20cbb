// Many files of the target into a local staging folder: small ones as one tar stream, large ones each by themselves.
// A file there with the size and time of its entry is whole, so that a transfer that was broken off goes on.
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quoteWord, type RemoteShell } from '../../../net/ssh/index.ts';
import { whileReconnecting } from '../reconnect.ts';
import { forEachAtOnce } from './at-once.ts';
import { type Codec, commonCodec, expanding, FAR_COMMANDS, isWorthIt, SAMPLE_BYTES } from './codec.ts';
import { type FarFile, fetchToPart } from './fetch-file.ts';
import { completePart, partName } from './local-files.ts';
import type { Means } from './means.ts';
import { safeName, safePath, UnsafePathError } from './safe-path.ts';
import { type TarEntry, TarFormatError, unpackTar } from './tar-unpack.ts';

/** Smaller files go into the stream: each is held in memory once. */
export const SMALL_FILE_BYTES = 4 * 1024 * 1024;

/** A stream that breaks is begun anew: it should not be longer than this. */
const BATCH_BYTES = 64 * 1024 * 1024;
const BATCH_FILES = 5_000;

/** By SFTP, where there is no tar. */
const FILES_AT_ONCE = 8;

/** Written while the next ones come. */
const WRITES_AT_ONCE = 16;

/** `files` are named relative to `root`; each lies below `staging` under its name when this resolves. */
export async function fetchFiles(
  means: Means,
  {
    root,
    files,
    staging,
  }: { readonly root: string; readonly files: readonly FarFile[]; readonly staging: string },
): Promise<void> {
  await mkdir(staging, { recursive: true });
  const missing: FarFile[] = [];
  for (const file of files) {
    const path = safePath(staging, file.path);
    if (await isWhole(path, file)) means.progress.resumed(file.sizeBytes, 1);
    else missing.push(file);
  }
  const isSmall = (file: FarFile) =>
    means.tools.has('tar') && file.sizeBytes < SMALL_FILE_BYTES && !/[\\\n]/.test(file.path);
  let alone = missing.filter((file) => !isSmall(file));
  for (const batch of inBatches(missing.filter(isSmall)))
    alone = [...alone, ...(await fetchBatch(means, { root, batch, staging }))];
  await forEachAtOnce(
    alone,
    alone.some(({ sizeBytes }) => sizeBytes >= SMALL_FILE_BYTES) ? 1 : FILES_AT_ONCE,
    (file) => fetchAlone(means, { root, file, staging }),
  );
}

async function isWhole(path: string, { sizeBytes, modifiedAtMs }: FarFile): Promise<boolean> {
  try {
    const there = await stat(path);
    return (
      there.isFile() && there.size === sizeBytes && Math.floor(there.mtimeMs / 1000) * 1000 === modifiedAtMs
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function fetchAlone(
  means: Means,
  { root, file, staging }: { readonly root: string; readonly file: FarFile; readonly staging: string },
): Promise<void> {
  const path = safePath(staging, file.path);
  await mkdir(dirname(path), { recursive: true });
  const part = join(dirname(path), partName(file.path, file.sizeBytes, file.modifiedAtMs));
  await fetchToPart(means, { ...file, path: `${root}/${file.path}` }, part);
  await completePart(part, file);
  await rename(part, path);
  means.progress.fileDone();
}

function* inBatches(files: readonly FarFile[]): Generator<readonly FarFile[]> {
  let batch: FarFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length >= BATCH_FILES || (batch.length > 0 && bytes + file.sizeBytes > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}

interface Batch {
  readonly root: string;
  readonly batch: readonly FarFile[];
  readonly staging: string;
}

/** Resolves to what did not come: files that are gone or cannot be read say so when they are asked for alone. */
async function fetchBatch(means: Means, { root, batch, staging }: Batch): Promise<readonly FarFile[]> {
  const { target, progress, signal } = means;
  const left = new Map(batch.map((file) => [safeName(file.path), file]));
  const codec = await worthyCodec(means, { root, batch });
  means.used('tar');
  if (codec) means.used('compressed');
  await whileReconnecting(
    target,
    async (shell, progressed) => {
      const names = [...left.values()].map(({ path }) => `./${path}\n`).join('');
      const pack = `tar -cf - -C ${quoteWord(root)} -T -`;
      const stream = shell.stream(codec ? `${pack} | ${FAR_COMMANDS[codec].compress}` : pack, {
        stdin: names,
        ...(signal && { signal }),
      });
      const writer = createWriter(staging, (file) => {
        left.delete(file.name);
        progress.add(file.sizeBytes);
        progress.fileDone();
        progressed();
      });
      try {
        await unpackTar(codec ? expanding(codec, stream) : stream, {
          begin: (entry) => writer.begin(entry, left),
          bytes: writer.bytes,
          end: writer.end,
        });
      } catch (error) {
        // A connection that broke is the reason for an archive that is cut; else it is a tar without `-T`, or none.
        if (!(error instanceof TarFormatError)) throw error;
        const { stderr } = await stream.ended;
        target.log.info('a stream of files ended early', { left: left.size, error, stderr });
      } finally {
        await writer.settled();
      }
    },
    { what: 'fetch many files', signal },
  );
  return [...left.values()];
}

/** Writes entries that were asked for, and refuses every other. */
function createWriter(staging: string, onFile: (file: { name: string; sizeBytes: number }) => void) {
  const writing = new Set<Promise<void>>();
  const folders = new Set<string>();
  let failure: { readonly error: unknown } | undefined;
  let current:
    | {
        readonly name: string;
        readonly entry: TarEntry;
        readonly isExecutable: boolean;
        readonly pieces: Uint8Array[];
      }
    | undefined;
  const write = async ({ name, entry, isExecutable, pieces }: NonNullable<typeof current>): Promise<void> => {
    const path = safePath(staging, name);
    if (!folders.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
    folders.add(dirname(path));
    await writeFile(path, pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces));
    await completePart(path, { isExecutable, modifiedAtMs: entry.modifiedAtMs });
    onFile({ name, sizeBytes: entry.sizeBytes });
  };
  return {
    begin(entry: TarEntry, wanted: ReadonlyMap<string, FarFile>) {
      if (entry.type === '5') return;
      const name = safeName(entry.path);
      const asked = wanted.get(name);
      if (entry.type !== '0' || !asked) throw new UnsafePathError(entry.path, 'was not asked for');
      if (entry.sizeBytes > SMALL_FILE_BYTES * 2)
        throw new UnsafePathError(entry.path, `has ${entry.sizeBytes} bytes by now`);
      current = { name, entry, isExecutable: asked.isExecutable, pieces: [] };
    },
    bytes: (bytes: Uint8Array) => {
      current?.pieces.push(bytes);
    },
    end: async () => {
      if (!current) return;
      const one = write(current)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => writing.delete(one));
      current = undefined;
      writing.add(one);
      if (writing.size >= WRITES_AT_ONCE) await Promise.race(writing);
      if (failure) throw failure.error;
    },
    settled: async () => {
      await Promise.all(writing);
      if (failure) throw failure.error;
    },
  };
}

/** A codec that both ends have, when a sample of some files shrinks by a tenth. */
async function worthyCodec(
  { target, tools, mayCompress, signal }: Means,
  { root, batch }: Omit<Batch, 'staging'>,
): Promise<Codec | undefined> {
  const codec = mayCompress ? commonCodec(tools) : undefined;
  const bytes = batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (!codec || bytes < SAMPLE_BYTES) return undefined;
  const some = batch.filter((_file, index) => index % Math.ceil(batch.length / 16) === 0);
  const words = some.map(({ path }) => quoteWord(`./${path}`)).join(' ');
  const read = async (shell: RemoteShell): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    const command = `cd ${quoteWord(root)} && cat ${words} | head -c ${SAMPLE_BYTES / 4}`;
    for await (const piece of shell.stream(command, signal && { signal })) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const sample = await whileReconnecting(target, read, { what: 'sample files', signal });
  return (await isWorthIt(codec, sample)) ? codec : undefined;
}
