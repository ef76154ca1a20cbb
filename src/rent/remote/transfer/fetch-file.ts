// One file of the target into a local part that only grows: whatever breaks, the next try goes on at its end.
import { open, rm, truncate } from 'node:fs/promises';
import { ConnectionLostError, quoteWord, RemoteFileError, type RemoteShell } from '../../../net/ssh/index.ts';
import { createPatience, whileReconnecting } from '../reconnect.ts';
import { type Codec, commonCodec, expanding, FAR_COMMANDS, isWorthIt, SAMPLE_BYTES } from './codec.ts';
import { hashFarFile } from './far-tools.ts';
import { hashLocalFile, sizeOf } from './local-files.ts';
import { type Means, SPAWN_BYTES_MIN, type Spawning } from './means.ts';
import { ALIAS, rsyncArgs, rsyncBytes, runHere } from './openssh.ts';

export interface FarFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly isExecutable: boolean;
}

/** The file has another size or time than when the transfer began: what came is no version of it. */
export class FileChangedError extends RemoteFileError {
  override name = 'FileChangedError';
}

/**
 * Fills `part` with the file's bytes; leaves it as it is when it fails, to be continued. What an earlier process left
 * is compared: a computer that lost its power may have kept a file's length and not its bytes.
 */
export async function fetchToPart(means: Means, file: FarFile, part: string): Promise<void> {
  const isContinued = (await sizeOf(part)) > 0;
  await fillToEnd(means, file, part);
  if (!isContinued || (await hasSameBytes(means, file, part))) return;
  means.target.log.warn('a file that was continued came out different and is fetched anew', {
    path: file.path,
  });
  means.progress.resumed(-file.sizeBytes);
  await rm(part, { force: true });
  await fillToEnd(means, file, part);
}

async function hasSameBytes({ target, signal }: Means, file: FarFile, part: string): Promise<boolean> {
  const here = await hashLocalFile(part, { signal });
  const there = await whileReconnecting(target, (shell) => hashFarFile(shell, file, { signal }), {
    what: 'compare a file',
    signal,
  });
  return there === here;
}

async function fillToEnd(means: Means, file: FarFile, part: string): Promise<void> {
  const { progress, spawning, signal } = means;
  if ((await sizeOf(part)) > file.sizeBytes) await truncate(part, 0);
  const had = await sizeOf(part);
  progress.resumed(had);
  const codec = await worthyCodec(means, file, part);
  const isLarge = file.sizeBytes - had >= SPAWN_BYTES_MIN;
  if (spawning && isLarge && (await fetchBySpawn(means, spawning, { file, part, codec }))) {
    await checkUnchanged(means, file, part);
    return;
  }
  means.used(codec ? 'compressed' : 'sftp');
  await whileReconnecting(
    means.target,
    async (shell, progressed) => {
      const offset = await sizeOf(part);
      await fillPart(means, { shell, file, part, offset, codec, progressed });
    },
    { what: 'fetch a file', signal },
  );
  await checkUnchanged(means, file, part);
}

async function fillPart(
  { progress, signal }: Means,
  {
    shell,
    file,
    part,
    offset,
    codec,
    progressed,
  }: {
    readonly shell: RemoteShell;
    readonly file: FarFile;
    readonly part: string;
    readonly offset: number;
    readonly codec: Codec | undefined;
    readonly progressed: () => void;
  },
): Promise<void> {
  const path = quoteWord(file.path);
  const stopping = signal ? { signal } : {};
  const pieces = codec
    ? expanding(
        codec,
        shell.stream(`tail -c +${offset + 1} ${path} | ${FAR_COMMANDS[codec].compress}`, stopping),
      )
    : shell.download(file.path, { offset, ...stopping });
  const handle = await open(part, 'a');
  try {
    let position = offset;
    for await (const bytes of pieces) {
      position += bytes.length;
      if (position > file.sizeBytes) throw changed(file, `more than ${file.sizeBytes}`);
      await handle.writeFile(bytes);
      progress.add(bytes.length);
      progressed();
    }
    if (position < file.sizeBytes) throw changed(file, String(position));
  } finally {
    await handle.close();
  }
}

function changed({ path, sizeBytes }: FarFile, actual: string): FileChangedError {
  return new FileChangedError(
    `${path} had ${sizeBytes} bytes and gave ${actual}: it was written while it was read; fetch it again when it is whole`,
    path,
  );
}

async function checkUnchanged({ target, signal }: Means, file: FarFile, part: string): Promise<void> {
  const now = await whileReconnecting(target, (shell) => shell.stat(file.path), {
    what: 'look at a file',
    signal,
  });
  const size = await sizeOf(part);
  if (now?.sizeBytes === file.sizeBytes && now.modifiedAtMs === file.modifiedAtMs && size === file.sizeBytes)
    return;
  // What is in it belongs to no version of the file.
  await rm(part, { force: true });
  throw changed(file, `${size}, and has ${now?.sizeBytes ?? 'none'} now`);
}

/** A codec that both ends have, when a sample of what is left shrinks by a tenth. */
async function worthyCodec(
  { target, tools, mayCompress, signal }: Means,
  { path, sizeBytes }: FarFile,
  part: string,
): Promise<Codec | undefined> {
  const codec = mayCompress ? commonCodec(tools) : undefined;
  const offset = await sizeOf(part);
  if (!codec || sizeBytes - offset < SAMPLE_BYTES) return undefined;
  // From the middle: the head of an archive or a checkpoint says little about the rest.
  const from = offset + Math.floor((sizeBytes - offset) / 2);
  const sample = await whileReconnecting(target, (shell) => shell.read(path, from, SAMPLE_BYTES / 4), {
    what: 'sample a file',
    signal,
  });
  return (await isWorthIt(codec, sample)) ? codec : undefined;
}

/** Tries without progress before another way is taken. */
const SPAWN_TRIES = 3;

/** scp expands what looks like a pattern. */
const PLAIN_PATH = /^[\w@%+=:,./-]+$/;

/** False when no program brought it; the part is as good as before. */
async function fetchBySpawn(
  means: Means,
  spawning: Spawning,
  {
    file: { path, sizeBytes },
    part,
    codec,
  }: { readonly file: FarFile; readonly part: string; readonly codec: Codec | undefined },
): Promise<boolean> {
  const { target, progress, signal } = means;
  const byRsync = spawning.canFetchByRsync;
  if (!byRsync && !(spawning.hasScp && PLAIN_PATH.test(path))) return false;
  const began = await sizeOf(part);
  const compression = codec ? ['-z'] : [];
  const from = `${ALIAS}:${path.startsWith('-') ? `./${path}` : path}`;
  const patience = createPatience(target, { what: 'fetch by rsync or scp', signal, attempts: SPAWN_TRIES });
  const run = () =>
    byRsync
      ? runHere('rsync', rsyncArgs(spawning.config, ['--append', ...compression], from, part), {
          signal,
          onOutput: (text) => progress.current((rsyncBytes(text) ?? 0) - began),
        })
      : runHere('scp', ['-F', spawning.config, '-q', ...(codec ? ['-C'] : []), from, part], { signal });
  for (let had = began; ; ) {
    // scp begins anew: what an interrupted one leaves may have holes.
    if (!byRsync) await rm(part, { force: true });
    const { code, stderr } = await run();
    const has = await sizeOf(part);
    if (code === 0 && has === sizeBytes) {
      means.used(byRsync ? 'rsync' : 'scp');
      progress.landed(has - began);
      return true;
    }
    target.log.info('rsync or scp did not bring a file', { code, stderr, path });
    if (byRsync && has > had) patience.progressed();
    had = has;
    try {
      await patience.failed(new ConnectionLostError(stderr));
    } catch {
      signal?.throwIfAborted();
      // Another way may do it.
      if (!byRsync) await rm(part, { force: true });
      progress.current(0);
      progress.resumed((await sizeOf(part)) - began);
      return false;
    }
  }
}
