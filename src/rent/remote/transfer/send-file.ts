// One local file to the target: into a part beside its place, continued after a break, renamed when it is whole.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { ConnectionLostError, quoteWord, RemoteFileError, type RemoteShell } from '../../../net/ssh/index.ts';
import { createPatience, whileReconnecting } from '../reconnect.ts';
import { type Codec, commonCodec, compressing, FAR_COMMANDS, isWorthIt, SAMPLE_BYTES } from './codec.ts';
import { farFault } from './far-fault.ts';
import { hashFarFile } from './far-tools.ts';
import { hashLocalFile, partName } from './local-files.ts';
import { type Means, SPAWN_BYTES_MIN, type Spawning } from './means.ts';
import { ALIAS, rsyncArgs, rsyncBytes, runHere } from './openssh.ts';

interface LocalFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly isExecutable: boolean;
}

/** What arrived is not what was sent, twice: something between or over there changes bytes. */
export class CorruptTransferError extends RemoteFileError {
  override name = 'CorruptTransferError';
}

/** Exit code of the last step when a folder has the file's name. */
const IS_FOLDER = 21;

/** A file that is written all the time goes as far as it was then, as scp and rsync have it. */
const CHANGED_TRIES = 3;

/** The folder of `to` has to be there. Rejects with ENOENT when the file is gone. */
export async function sendFile(means: Means, path: string, to: string): Promise<void> {
  const { target, progress, signal } = means;
  const ask = <T>(what: string, work: (shell: RemoteShell) => Promise<T>) =>
    whileReconnecting(target, work, { what, signal });
  for (let tries = 1; ; tries += 1) {
    const file = await lookAt(path);
    const part = partOf(file, to);
    const fault = await sendToPart(means, file, { part, to }).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const hasChanged = isOther(file, await lookAt(path));
    if (hasChanged && tries < CHANGED_TRIES) {
      target.log.info('a file was written while it was sent, and is sent again', { path });
      signal?.throwIfAborted();
      if (!fault) progress.resumed(-file.sizeBytes);
      await ask('remove a part', (shell) => shell.exec(`rm -f ${quoteWord(part)}`));
      continue;
    }
    if (fault) throw fault.error;
    await ask('name a file', (shell) => publish(shell, { file, part, to, signal }));
    progress.fileDone();
    return;
  }
}

function partOf({ sizeBytes, modifiedAtMs }: LocalFile, to: string): string {
  return `${to.slice(0, to.lastIndexOf('/') + 1)}${partName(to, sizeBytes, modifiedAtMs)}`;
}

function isOther(before: LocalFile, now: LocalFile): boolean {
  return now.sizeBytes !== before.sizeBytes || now.modifiedAtMs !== before.modifiedAtMs;
}

async function lookAt(path: string): Promise<LocalFile> {
  const { size, mtimeMs, mode } = await stat(path);
  return { path, sizeBytes: size, modifiedAtMs: mtimeMs, isExecutable: (mode & 0o100) !== 0 };
}

/** When it resolves, the part has the file's bytes, unless that was written meanwhile. */
async function sendToPart(
  means: Means,
  file: LocalFile,
  { part, to }: { readonly part: string; readonly to: string },
): Promise<void> {
  const { target, progress, signal } = means;
  const ask = <T>(what: string, work: (shell: RemoteShell) => Promise<T>) =>
    whileReconnecting(target, work, { what, signal });
  const had = await ask('look at a part', (shell) => farSize(shell, part));
  const began = had <= file.sizeBytes ? had : 0;
  progress.resumed(began);
  const codec = await worthyCodec(means, file, began);
  const isLarge = file.sizeBytes - began >= SPAWN_BYTES_MIN;
  const bySpawn =
    means.spawning && isLarge
      ? await sendBySpawn(means, means.spawning, { file, part, began, codec })
      : undefined;
  let isPieced = began > 0;
  if (!bySpawn) {
    means.used(codec ? 'compressed' : 'sftp');
    const wasBroken = await sendPart(means, { file, part, codec, began });
    isPieced = isPieced || wasBroken || codec !== undefined;
  }
  // What was put together from pieces, or by a program at its end: only the bytes themselves tell.
  if (isPieced) {
    const isSame = await ask('compare a file', (shell) => hasSameBytes(means, shell, file, part));
    if (!isSame) {
      target.log.warn('a file arrived changed and is sent again', { path: file.path });
      progress.resumed(-file.sizeBytes);
      await ask('remove a part', (shell) => shell.exec(`rm -f ${quoteWord(part)}`));
      await sendPart(means, { file, part, codec: undefined, began: 0 });
      if (!(await ask('compare a file', (shell) => hasSameBytes(means, shell, file, part))))
        throw new CorruptTransferError(`${to} does not hold the bytes of ${file.path} after two tries`, to);
    }
  }
}

async function farSize(shell: RemoteShell, path: string): Promise<number> {
  return (await shell.stat(path))?.sizeBytes ?? 0;
}

async function hasSameBytes(
  { signal }: Means,
  shell: RemoteShell,
  file: LocalFile,
  part: string,
): Promise<boolean> {
  const here = await hashLocalFile(file.path, { bytes: file.sizeBytes, signal });
  return (await hashFarFile(shell, { path: part, sizeBytes: file.sizeBytes }, { signal })) === here;
}

async function publish(
  shell: RemoteShell,
  {
    file,
    part,
    to,
    signal,
  }: {
    readonly file: LocalFile;
    readonly part: string;
    readonly to: string;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const [from, name] = [quoteWord(part), quoteWord(to)];
  // Asked again after a lost answer, it finds the part gone and the file in its place.
  const script = `if [ -d ${name} ]; then exit ${IS_FOLDER}; fi
if [ ! -e ${from} ] && [ -e ${name} ]; then exit 0; fi
${file.isExecutable ? `chmod 755 ${from} || exit 1\n` : ''}touch -d @${Math.floor(file.modifiedAtMs / 1000)} ${from} 2>/dev/null
mv -f ${from} ${name}`;
  const { code, stderr } = await shell.exec(script, { timeoutMs: 60_000, ...(signal && { signal }) });
  if (code === IS_FOLDER)
    throw new RemoteFileError(`${to} is a folder on the target; send the file to a name inside it`, to);
  if (code !== 0) throw farFault(to, 'put in its place', stderr);
}

interface Sending {
  readonly file: LocalFile;
  readonly part: string;
  readonly codec: Codec | undefined;
  readonly began: number;
}

/**
 * True when it took more than one connection: servers take requests in their order, so that a break leaves no hole, and
 * what an earlier command still writes comes before we look; neither is trusted.
 */
async function sendPart(means: Means, { file, part, codec, began }: Sending): Promise<boolean> {
  const { target, progress, signal } = means;
  let tries = 0;
  let best = began;
  let counted = began;
  await whileReconnecting(
    target,
    async (shell, progressed) => {
      tries += 1;
      let offset = await farSize(shell, part);
      if (offset > file.sizeBytes) {
        await shell.exec(`rm -f ${quoteWord(part)}`);
        offset = 0;
      }
      if (offset > best) progressed();
      best = Math.max(best, offset);
      progress.resumed(offset - counted);
      counted = offset;
      const pieces = readPieces(file, offset, (bytes) => {
        counted += bytes;
        progress.add(bytes);
      });
      if (codec) {
        const command = `${FAR_COMMANDS[codec].expand} >> ${quoteWord(part)}`;
        const stdin = compressing(codec, pieces);
        const { code, stderr } = await shell.exec(command, { stdin, ...(signal && { signal }) });
        if (code !== 0) throw farFault(part, 'written', stderr);
      } else await shell.upload(part, pieces, { offset, ...(signal && { signal }) });
      const size = await farSize(shell, part);
      if (size !== file.sizeBytes && !codec)
        throw new RemoteFileError(`${part} has ${size} bytes instead of ${file.sizeBytes}`, part);
    },
    { what: 'send a file', signal },
  );
  return tries > 1;
}

async function* readPieces(
  { path, sizeBytes }: LocalFile,
  offset: number,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  if (offset >= sizeBytes) return;
  const reading = createReadStream(path, { start: offset, end: sizeBytes - 1, highWaterMark: 1024 * 1024 });
  for await (const bytes of reading) {
    yield bytes as Buffer;
    onBytes((bytes as Buffer).length);
  }
}

async function worthyCodec(
  { tools, mayCompress }: Means,
  { path, sizeBytes }: LocalFile,
  offset: number,
): Promise<Codec | undefined> {
  const codec = mayCompress ? commonCodec(tools) : undefined;
  if (!codec || sizeBytes - offset < SAMPLE_BYTES) return undefined;
  const handle = await open(path, 'r');
  try {
    const sample = Buffer.alloc(SAMPLE_BYTES / 4);
    const from = offset + Math.floor((sizeBytes - offset) / 2);
    const { bytesRead } = await handle.read(sample, 0, sample.length, from);
    return (await isWorthIt(codec, sample.subarray(0, bytesRead))) ? codec : undefined;
  } finally {
    await handle.close();
  }
}

/** Tries in a row before another way is taken. */
const SPAWN_TRIES = 3;
const PLAIN_PATH = /^[\w@%+=:,./-]+$/;

/** The program that brought it, or undefined; a part that rsync left can be continued. */
async function sendBySpawn(
  means: Means,
  spawning: Spawning,
  { file, part, codec }: Sending,
): Promise<'rsync' | 'scp' | undefined> {
  const { target, progress, signal } = means;
  const byRsync = spawning.canSendByRsync;
  if (!byRsync && !(spawning.hasScp && PLAIN_PATH.test(part))) return undefined;
  const way = byRsync ? 'rsync' : 'scp';
  const to = `${ALIAS}:${part.startsWith('-') ? `./${part}` : part}`;
  const patience = createPatience(target, { what: `send by ${way}`, signal, attempts: SPAWN_TRIES });
  for (;;) {
    const had = await whileReconnecting(target, (shell) => farSize(shell, part), {
      what: 'look at a part',
      signal,
    });
    const { code, stderr } = byRsync
      ? await runHere(
          'rsync',
          rsyncArgs(spawning.config, ['--append', ...(codec ? ['-z'] : [])], file.path, to),
          {
            signal,
            onOutput: (text) => progress.current((rsyncBytes(text) ?? had) - had),
          },
        )
      : await runHere('scp', ['-F', spawning.config, '-q', ...(codec ? ['-C'] : []), file.path, to], {
          signal,
        });
    const has = await whileReconnecting(target, (shell) => farSize(shell, part), {
      what: 'look at a part',
      signal,
    });
    if (code === 0 && has === file.sizeBytes) {
      progress.landed(has - had);
      means.used(way);
      return way;
    }
    target.log.info('rsync or scp did not send a file', { code, stderr, path: file.path });
    progress.landed(byRsync ? Math.max(0, has - had) : 0);
    if (byRsync && has > had) patience.progressed();
    try {
      await patience.failed(new ConnectionLostError(stderr));
    } catch {
      signal?.throwIfAborted();
      // What an interrupted scp leaves may have holes.
      if (!byRsync)
        await whileReconnecting(target, (shell) => shell.exec(`rm -f ${quoteWord(part)}`), {
          what: 'remove a part',
          signal,
        });
      return undefined;
    }
  }
}
