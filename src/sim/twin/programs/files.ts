// Programs that look at the disk and change it.
import { FileFault } from '../file-fault.ts';
import type { TwinFile, TwinFileSystem } from '../file-system.ts';
import { NotInTwin, type Program, type TwinProcess } from '../process.ts';
import { readOptions } from './options.ts';

/** Does it for every operand; what the disk refuses is said and the others go on. */
async function forEach(
  process: TwinProcess,
  operands: readonly string[],
  act: (path: string, operand: string) => Promise<void> | void,
): Promise<number> {
  let code = 0;
  if (operands.length === 0) {
    await process.warn(`${process.name}: missing operand`);
    return 1;
  }
  for (const operand of operands) {
    try {
      await act(process.resolve(operand), operand);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      await process.warn(`${process.name}: ${error.message}`);
      code = 1;
    }
  }
  return code;
}

const mkdir: Program = (process) => {
  const options = readOptions(process, { flags: 'p', values: 'm' });
  return forEach(process, options.operands, (path) =>
    process.files.makeDirectory(path, options.has('p') ? 'parents' : 'one'),
  );
};

const rm: Program = (process) => {
  const options = readOptions(process, { flags: 'rRf' });
  if (options.operands.length === 0 && options.has('f')) return 0;
  return forEach(process, options.operands, (path) => {
    if (options.has('f') && !process.files.find(path, 'keep')) return;
    process.files.remove(path, options.has('r') || options.has('R') ? 'tree' : 'file');
  });
};

const rmdir: Program = (process) =>
  forEach(process, readOptions(process, {}).operands, (path) =>
    process.files.remove(path, 'empty-directory'),
  );

const mv: Program = (process) => {
  const options = readOptions(process, { flags: 'fT' });
  return intoLast(process, options.operands, (from, to) => process.files.rename(from, to), options.has('T'));
};

const cp: Program = (process) => {
  const options = readOptions(process, { flags: 'raf' });
  const isTree = options.has('r') || options.has('a');
  return intoLast(process, options.operands, (from, to) => copy(process.files, from, to, isTree), false);
};

function copy(files: TwinFileSystem, from: string, to: string, isTree: boolean): void {
  const source = files.find(from);
  if (!source) throw new FileFault('ENOENT', from);
  if (source.kind !== 'directory') {
    files.write(to, files.read(from));
    return;
  }
  if (!isTree) throw new FileFault('EISDIR', from);
  files.makeDirectory(to, 'parents');
  for (const { path } of files.list(from)) copy(files, path, `${to}/${baseName(path)}`, true);
}

/** The last operand is where to; a directory there takes the others under their names. */
function intoLast(
  process: TwinProcess,
  operands: readonly string[],
  act: (from: string, to: string) => void,
  isExact: boolean,
): Promise<number> {
  const target = process.resolve(operands.at(-1) ?? '');
  const isFolder = !isExact && process.files.find(target)?.kind === 'directory';
  if (operands.length > 2 && !isFolder) throw new FileFault('ENOTDIR', target);
  if (operands.length < 2) throw new NotInTwin(`${process.name} with fewer than two operands`);
  return forEach(process, operands.slice(0, -1), (from) =>
    act(from, isFolder ? `${target}/${baseName(from)}` : target),
  );
}

function baseName(path: string): string {
  return path.replace(/\/+$/, '').replace(/^.*\//, '');
}

const ln: Program = (process) => {
  const options = readOptions(process, { flags: 'sfn' });
  if (!options.has('s') || options.operands.length !== 2)
    throw new NotInTwin('ln other than ln -s TARGET NAME');
  const [target = '', name = ''] = options.operands;
  const asked = process.resolve(name);
  const isFolder = !options.has('n') && process.files.find(asked)?.kind === 'directory';
  const path = isFolder ? `${asked}/${baseName(target)}` : asked;
  if (options.has('f') && process.files.find(path, 'keep')) process.files.remove(path);
  process.files.makeLink(path, target);
  return 0;
};

const touch: Program = (process) => {
  const options = readOptions(process, { values: 'd' });
  const asked = options.value('d');
  if (asked !== undefined && !/^@\d+$/.test(asked)) throw new NotInTwin(`touch -d ${asked}`);
  return forEach(process, options.operands, (path) => {
    if (process.files.find(path)?.kind !== 'directory') process.files.open(path, 'create');
    process.files.setModified(path, asked ? Number(asked.slice(1)) * 1000 : process.clock.now());
  });
};

const truncate: Program = (process) => {
  const options = readOptions(process, { values: 's' });
  const size = options.value('s') ?? '';
  if (!/^\d+$/.test(size)) throw new NotInTwin(`truncate -s ${size}`);
  return forEach(process, options.operands, (path) =>
    process.files.truncate(process.files.open(path, 'create'), Number(size), path),
  );
};

const ls: Program = async (process) => {
  const options = readOptions(process, { flags: '1aAd' });
  const operands = options.operands.length > 0 ? options.operands : ['.'];
  const named = (file: TwinFile) => baseName(file.path);
  let isFirst = true;
  return await forEach(process, operands, async (path, operand) => {
    const found = process.files.find(path, 'keep');
    if (!found) throw new FileFault('ENOENT', operand);
    if (options.has('d') || process.files.find(path)?.kind !== 'directory')
      return await process.print(operand);
    if (operands.length > 1) await process.print(`${isFirst ? '' : '\n'}${operand}:`);
    isFirst = false;
    if (options.has('a')) await process.write(Buffer.from('.\n..\n'));
    for (const file of process.files.list(path))
      if (options.has('a') || options.has('A') || !named(file).startsWith('.'))
        await process.print(named(file));
  });
};

/** The letters of `stat -c` that are here. */
const STAT_FIELDS: Readonly<Record<string, (file: TwinFile, operand: string) => string>> = {
  n: (_file, operand) => operand,
  s: ({ sizeBytes }) => String(sizeBytes),
  i: ({ inode }) => String(inode),
  // As of a file system that does not tell it.
  W: ({ bornAtMs = 0 }) => String(Math.floor(bornAtMs / 1000)),
  Y: ({ modifiedAtMs }) => String(Math.floor(modifiedAtMs / 1000)),
  F: ({ kind, sizeBytes }) => {
    if (kind === 'file') return sizeBytes === 0 ? 'regular empty file' : 'regular file';
    return kind === 'link' ? 'symbolic link' : 'directory';
  },
};

const stat: Program = (process) => {
  const options = readOptions(process, { flags: 'L', values: 'c', words: ['format='] });
  const format = options.value('c') ?? options.value('format');
  if (format === undefined) throw new NotInTwin('stat without -c');
  return forEach(process, options.operands, async (path, operand) => {
    const file = process.files.find(path, options.has('L') ? 'follow' : 'keep');
    if (!file) throw new FileFault('ENOENT', operand);
    const line = format.replace(/%(.?)/g, (found, letter: string) => {
      const field = STAT_FIELDS[letter];
      if (letter === '%') return '%';
      if (!field) throw new NotInTwin(`stat -c ${found}`);
      return field(file, operand);
    });
    await process.print(line);
  });
};

const readlink: Program = (process) =>
  forEach(process, readOptions(process, {}).operands, async (path) => {
    const target = process.files.find(path, 'keep')?.target;
    if (target === undefined) throw new FileFault('EINVAL', path);
    await process.print(target);
  });

function treeBytes(files: TwinFileSystem, path: string): number {
  const found = files.find(path, 'keep');
  if (!found) throw new FileFault('ENOENT', path);
  if (found.kind !== 'directory') return found.sizeBytes;
  return files.list(path).reduce((sum, child) => sum + treeBytes(files, child.path), 0);
}

const du: Program = (process) => {
  const options = readOptions(process, { flags: 'sbk' });
  if (!options.has('s')) throw new NotInTwin('du without -s');
  const operands = options.operands.length > 0 ? options.operands : ['.'];
  return forEach(process, operands, async (path, operand) => {
    const bytes = treeBytes(process.files, path);
    await process.print(`${options.has('b') ? bytes : Math.ceil(bytes / 1024)}\t${operand}`);
  });
};

const df: Program = async (process) => {
  const options = readOptions(process, { flags: 'Pk', words: ['output=', 'block-size='], values: 'B' });
  if (options.has('output') || options.has('block-size')) throw new NotInTwin('df --output');
  const unit = options.value('B') ?? '1K';
  if (unit !== '1' && unit !== '1K') throw new NotInTwin(`df -B ${unit}`);
  const bytes = unit === '1' ? 1 : 1024;
  const { capacityBytes, usedBytes } = process.files;
  const [total, used] = [Math.floor(capacityBytes / bytes), Math.ceil(usedBytes / bytes)];
  const share = Math.ceil((100 * usedBytes) / capacityBytes);
  await process.print(
    `Filesystem ${unit === '1' ? '1-blocks' : '1024-blocks'} Used Available Capacity Mounted on`,
  );
  await process.print(`overlay ${total} ${used} ${total - used} ${share}% /`);
  return 0;
};

export const FILE_PROGRAMS: Readonly<Record<string, Program>> = {
  cp,
  df,
  du,
  ln,
  ls,
  mkdir,
  mv,
  readlink,
  rm,
  rmdir,
  stat,
  sync: () => 0,
  touch,
  truncate,
};
