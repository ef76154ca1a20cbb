// A local folder to the target: by rsync where both ends have it, else small files as tar streams and large ones each
// by themselves into a staging folder that takes its place when it is whole.
import { join } from 'node:path';
import { quoteWord, type RemoteShell } from '../../../net/ssh/index.ts';
import { whileReconnecting } from '../reconnect.ts';
import { forEachAtOnce } from './at-once.ts';
import { type Codec, commonCodec, compressing, FAR_COMMANDS, isWorthIt, SAMPLE_BYTES } from './codec.ts';
import { farFault } from './far-fault.ts';
import { listFarTree } from './far-tree.ts';
import { SMALL_FILE_BYTES } from './fetch-files.ts';
import { partName } from './local-files.ts';
import type { TreeEntry } from './local-tree.ts';
import type { Means, Spawning } from './means.ts';
import { ALIAS, rsyncArgs, rsyncBytes, runHere } from './openssh.ts';
import { sendFile } from './send-file.ts';
import { packTar } from './tar-pack.ts';

interface Tree {
  readonly folder: string;
  readonly entries: readonly TreeEntry[];
  /** The folder on the target; what it holds besides stays. */
  readonly to: string;
}

const BATCH_BYTES = 64 * 1024 * 1024;
const BATCH_ENTRIES = 5_000;
const FILES_AT_ONCE = 8;

export async function sendTree(means: Means, tree: Tree): Promise<void> {
  const { target, signal, spawning } = means;
  const { folder, entries, to } = tree;
  const slash = to.lastIndexOf('/');
  const staging = `${to.slice(0, slash + 1)}${partName('tree', folder, to)}`;
  const ask = <T>(what: string, work: (shell: RemoteShell) => Promise<T>) =>
    whileReconnecting(target, work, { what, signal });
  await ask('make a staging folder', (shell) => must(shell, `mkdir -p ${quoteWord(staging)}`, to));
  await ask('clear a staging folder', (shell) => removeOthers(shell, staging, entries));
  if (spawning?.canSendByRsync) {
    const isThere = (await ask('look at a folder', (shell) => shell.stat(to))) !== undefined;
    // Into a folder that is there each file goes by itself, so that only what differs is sent.
    if (await sendByRsync(means, spawning, { ...tree, to: isThere ? to : staging }))
      return await ask('put a folder in its place', (shell) =>
        isThere ? must(shell, `rm -rf ${quoteWord(staging)}`, to) : publish(shell, staging, to),
      );
  }
  /** Those of which no whole file is there. */
  const missingOf = async (wanted: readonly TreeEntry[]): Promise<readonly TreeEntry[]> => {
    const there = await ask('look at a staging folder', (shell) => listFarTree(shell, staging));
    const found = new Map(there.files.map((file) => [file.path, file]));
    return wanted.filter(({ kind, path, sizeBytes, modifiedAtMs }) => {
      const file = kind === 'file' ? found.get(path) : undefined;
      return file?.sizeBytes !== sizeBytes || file.modifiedAtMs !== modifiedAtMs;
    });
  };
  const missing = await missingOf(entries);
  const isMissing = new Set(missing);
  for (const { kind, sizeBytes } of entries.filter((entry) => !isMissing.has(entry)))
    if (kind === 'file') means.progress.resumed(sizeBytes, 1);
  const isStreamed = (entry: TreeEntry) =>
    means.tools.has('tar') && (entry.kind !== 'file' || entry.sizeBytes < SMALL_FILE_BYTES);
  for (const batch of inBatches(missing.filter(isStreamed)))
    await sendBatch(means, { folder, staging, batch });
  const streamed = missing.filter((entry) => entry.kind === 'file' && isStreamed(entry));
  // A tar may do without a word what we did not mean: what is not there as it should be is sent once more by itself.
  const lost = streamed.length > 0 ? await missingOf(streamed) : [];
  if (lost.length > 0) target.log.info('a stream of files left some out', { files: lost.length, to });
  const alone = [...missing.filter((entry) => !isStreamed(entry)), ...lost];
  const folders = alone.filter(({ kind }) => kind === 'folder').map(({ path }) => `${staging}/${path}`);
  const parents = new Set([...folders, ...alone.map(({ path }) => dirOf(`${staging}/${path}`))]);
  for (const some of inChunks([...parents], 200))
    await ask('make folders', (shell) => must(shell, `mkdir -p ${some.map(quoteWord).join(' ')}`, to));
  for (const link of alone.filter(({ kind }) => kind === 'link'))
    await ask('make a link', (shell) =>
      must(shell, `ln -sfn ${quoteWord(link.target ?? '')} ${quoteWord(`${staging}/${link.path}`)}`, to),
    );
  const files = alone.filter(({ kind }) => kind === 'file');
  await forEachAtOnce(
    files,
    files.some(({ sizeBytes }) => sizeBytes >= SMALL_FILE_BYTES) ? 1 : FILES_AT_ONCE,
    async ({ path }) => {
      try {
        await sendFile(means, join(folder, path), `${staging}/${path}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        target.log.info('a file was gone before it was sent', { path });
        means.progress.fileDone();
      }
    },
  );
  await ask('put a folder in its place', (shell) => publish(shell, staging, to));
}

/** A transfer that was broken off may have left files that are there no more, or are ignored by now. */
async function removeOthers(
  shell: RemoteShell,
  staging: string,
  entries: readonly TreeEntry[],
): Promise<void> {
  const { files, folders, others } = await listFarTree(shell, staging);
  const wanted = new Map(entries.map(({ path, kind }) => [path, kind]));
  const isOf = (kind: TreeEntry['kind']) => (path: string) => wanted.get(path) === kind;
  const left = [
    ...files.map(({ path }) => path).filter((path) => !isOf('file')(path)),
    ...folders.filter((path) => !isOf('folder')(path)),
    ...others.filter((path) => !isOf('link')(path)),
  ];
  for (const some of inChunks(left, 200))
    await must(shell, `rm -rf ${some.map((path) => quoteWord(`${staging}/${path}`)).join(' ')}`, staging);
}

function dirOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

async function must(shell: RemoteShell, command: string, path: string): Promise<void> {
  const { code, stderr } = await shell.exec(command);
  if (code !== 0) throw farFault(path, 'made', stderr);
}

/** A rename where nothing has the name; else a copy over there, which no connection can cut short, over what is. */
async function publish(shell: RemoteShell, staging: string, to: string): Promise<void> {
  const [from, name] = [quoteWord(staging), quoteWord(to)];
  await must(
    shell,
    `if [ ! -e ${from} ] && [ -d ${name} ]; then exit 0; fi
if [ ! -e ${name} ]; then mv ${from} ${name}; exit; fi
if [ ! -d ${name} ]; then echo "it is there and is no folder" >&2; exit 1; fi
cp -a ${from}/. ${name}/ && rm -rf ${from}`,
    to,
  );
}

function* inBatches(entries: readonly TreeEntry[]): Generator<readonly TreeEntry[]> {
  let batch: TreeEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length >= BATCH_ENTRIES || (batch.length > 0 && bytes + entry.sizeBytes > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}

function* inChunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

interface Batch {
  readonly folder: string;
  readonly staging: string;
  readonly batch: readonly TreeEntry[];
}

async function sendBatch(means: Means, { folder, staging, batch }: Batch): Promise<void> {
  const { target, progress, signal } = means;
  const codec = await worthyCodec(means, folder, batch);
  means.used('tar');
  if (codec) means.used('compressed');
  const unpack = `tar -xf - -C ${quoteWord(staging)}`;
  const command = codec ? `${FAR_COMMANDS[codec].expand} | ${unpack}` : unpack;
  await whileReconnecting(
    target,
    async (shell) => {
      let sent = 0;
      const packed = packTar(folder, batch, (entry) => {
        sent += entry.sizeBytes;
        progress.current(sent);
      });
      const stdin = codec ? compressing(codec, packed) : packed;
      try {
        const { code, stderr } = await shell.exec(command, { stdin, ...(signal && { signal }) });
        if (code !== 0) throw farFault(staging, 'filled', stderr);
      } catch (error) {
        progress.current(0);
        throw error;
      }
    },
    { what: 'send many files', signal },
  );
  const files = batch.filter(({ kind }) => kind === 'file');
  progress.landed(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  for (const _file of files) progress.fileDone();
}

async function worthyCodec(
  { tools, mayCompress }: Means,
  folder: string,
  batch: readonly TreeEntry[],
): Promise<Codec | undefined> {
  const codec = mayCompress ? commonCodec(tools) : undefined;
  const bytes = batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (!codec || bytes < SAMPLE_BYTES) return undefined;
  const files = batch.filter(({ kind }) => kind === 'file');
  const some = files.filter((_file, index) => index % Math.ceil(files.length / 16) === 0);
  const pieces: Uint8Array[] = [];
  for await (const piece of packTar(folder, some)) pieces.push(piece);
  return (await isWorthIt(codec, Buffer.concat(pieces).subarray(0, SAMPLE_BYTES))) ? codec : undefined;
}

/** rsync puts each file in its place by itself. False when it did not bring everything. */
async function sendByRsync(
  means: Means,
  { config }: Spawning,
  { folder, entries, to }: Tree,
): Promise<boolean> {
  const { target, progress, signal } = means;
  const flags = ['-ltp', '--files-from=-', '--from0', '--partial-dir=.vastdeck-partial'];
  const codec = await worthyCodec(means, folder, entries);
  if (codec) flags.push('-z');
  const { code, stderr } = await runHere(
    'rsync',
    rsyncArgs(config, flags, `${folder}/`, `${ALIAS}:${to.startsWith('-') ? `./${to}` : to}/`),
    {
      signal,
      stdin: entries.map(({ path }) => `${path}\0`).join(''),
      onOutput: (text) => progress.current(rsyncBytes(text) ?? 0),
    },
  );
  if (code !== 0) {
    progress.landed(0);
    target.log.info('rsync did not send a folder', { code, stderr, to });
    return false;
  }
  const files = entries.filter(({ kind }) => kind === 'file');
  means.used('rsync');
  progress.landed(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  for (const _file of files) progress.fileDone();
  return true;
}
