// Programs that make, cut and count bytes.
import { createHash } from 'node:crypto';
import { FileFault } from '../file-fault.ts';
import { NotInTwin, type Program, type TwinProcess } from '../process.ts';
import { readOptions } from './options.ts';

const CHUNK_BYTES = 64 * 1024;

/** Every named file, `-` or none being standard input; a missing one is said and the others go on. */
async function eachInput(
  process: TwinProcess,
  operands: readonly string[],
  use: (bytes: () => AsyncGenerator<Uint8Array>, name: string) => Promise<void>,
): Promise<number> {
  let code = 0;
  for (const name of operands.length > 0 ? operands : ['-']) {
    try {
      await use(() => (name === '-' ? inputOf(process) : contentOf(process, name)), name);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      await process.warn(`${process.name}: ${error.message}`);
      code = 1;
    }
  }
  return code;
}

async function* inputOf(process: TwinProcess): AsyncGenerator<Uint8Array> {
  for (let piece = await process.read(CHUNK_BYTES); piece; piece = await process.read(CHUNK_BYTES))
    yield piece;
}

async function* contentOf(process: TwinProcess, name: string): AsyncGenerator<Uint8Array> {
  if (name === '/dev/null') return;
  const path = process.resolve(name);
  if (path === '/dev/zero') for (;;) yield new Uint8Array(CHUNK_BYTES);
  for (let offset = 0; ; ) {
    const piece = process.files.read(path, offset, CHUNK_BYTES);
    if (piece.length === 0) return;
    offset += piece.length;
    yield piece;
  }
}

async function whole(bytes: AsyncGenerator<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

const cat: Program = (process) =>
  eachInput(process, readOptions(process, {}).operands, async (bytes) => {
    for await (const piece of bytes()) await process.write(piece);
  });

const echo: Program = async (process) => {
  const [first = '', ...rest] = process.args;
  // Only -n; what -e would change differs between shells, so it is refused.
  if (/^-[neE]*[eE][neE]*$/.test(first)) throw new NotInTwin(`echo ${first}`);
  const isBare = first === '-n';
  await process.write(Buffer.from((isBare ? rest : process.args).join(' ') + (isBare ? '' : '\n')));
  return 0;
};

const printf: Program = async (process) => {
  const [format = '', ...values] = process.args;
  let output = '';
  let next = 0;
  do {
    const before = next;
    output += format.replace(
      /%(%|[-0]?\d*(?:\.\d+)?[sdf])|\\([ntr\\"0a]|x[0-9a-fA-F]{1,2})|%|\\/g,
      (found, conversion: string | undefined, escaped: string | undefined) => {
        if (conversion === '%') return '%';
        if (escaped !== undefined) return unescaped(escaped);
        if (conversion === undefined) throw new NotInTwin(`printf ${JSON.stringify(found)}`);
        next += 1;
        return converted(conversion, values[next - 1]);
      },
    );
    if (next === before) break;
  } while (next < values.length);
  await process.write(Buffer.from(output));
  return 0;
};

function unescaped(code: string): string {
  const simple: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    '"': '"',
    0: '\0',
    a: '\x07',
  };
  return simple[code] ?? String.fromCharCode(Number.parseInt(code.slice(1), 16));
}

function converted(conversion: string, value = ''): string {
  const [, sign = '', width = '', precision] = /^([-0]?)(\d*)(?:\.(\d+))?/.exec(conversion) ?? [];
  const kind = conversion.at(-1);
  if (kind !== 's' && Number.isNaN(Number(value))) throw new NotInTwin(`printf %${conversion} of ${value}`);
  let text = value;
  if (kind === 'd') text = String(Math.trunc(Number(value)));
  if (kind === 'f') text = Number(value).toFixed(Number(precision ?? 6));
  if (kind === 's' && precision !== undefined) text = text.slice(0, Number(precision));
  if (sign === '-') return text.padEnd(Number(width));
  return text.padStart(Number(width), sign === '0' ? '0' : ' ');
}

const head: Program = async (process) => {
  const options = readOptions(withCount(process), { flags: 'q', values: 'nc' });
  return await eachInput(process, options.operands, async (bytes) => {
    if (options.has('c')) {
      let left = count(process, options.value('c'));
      if (left === 0) return;
      for await (const piece of bytes()) {
        await process.write(piece.subarray(0, left));
        left -= piece.length;
        if (left <= 0) return;
      }
      return;
    }
    let left = count(process, options.value('n') ?? '10');
    if (left === 0) return;
    for await (const piece of bytes()) {
      let end = 0;
      while (left > 0 && end < piece.length) {
        const lineEnd = piece.indexOf(10, end);
        end = lineEnd < 0 ? piece.length : lineEnd + 1;
        if (lineEnd >= 0) left -= 1;
      }
      await process.write(piece.subarray(0, end));
      if (left === 0) return;
    }
  });
};

const tail: Program = async (process) => {
  const options = readOptions(withCount(process), {
    flags: 'fFq',
    // What it sleeps between two looks is of no account here: every change of the disk is seen.
    values: 'ncs',
    words: ['follow=', 'retry', 'pid='],
  });
  if (options.has('follow') || options.has('retry') || options.has('pid'))
    throw new NotInTwin('tail --follow');
  const { operands } = options;
  if (!options.has('f') && !options.has('F'))
    return await eachInput(process, operands, async (bytes) => {
      const all = await whole(bytes());
      await process.write(all.subarray(tailStart(process, options, all)));
    });
  if (operands.length !== 1) throw new NotInTwin('tail -F of any number of files but one');
  return await follow(process, process.resolve(operands[0] as string), options);
};

/** -F: from the start of whatever stands under the name when another file takes it or it is cut. */
async function follow(
  process: TwinProcess,
  path: string,
  options: ReturnType<typeof readOptions>,
): Promise<number> {
  const { files } = process;
  const byName = options.has('F');
  let file = files.find(path)?.kind === 'file' ? files.open(path, 'existing') : undefined;
  let position = 0;
  if (file) position = tailStart(process, options, Buffer.from(files.read(path)));
  else await process.warn(`tail: cannot open '${path}' for reading: No such file or directory`);
  if (!file && !byName) return 1;
  for (;;) {
    if (byName && files.find(path)?.kind === 'file') {
      const current = files.open(path, 'existing');
      if (current !== file) {
        if (file) await process.warn(`tail: '${path}' has been replaced;  following new file`);
        file = current;
        position = 0;
      }
    }
    if (file && file.sizeBytes < position) {
      await process.warn(`tail: ${path}: file truncated`);
      position = 0;
    }
    if (file && file.sizeBytes > position) {
      const bytes = file.buffer.slice(position, file.sizeBytes);
      position = file.sizeBytes;
      await process.write(bytes);
      continue;
    }
    await process.diskChange();
  }
}

function tailStart(process: TwinProcess, options: ReturnType<typeof readOptions>, all: Buffer): number {
  const inBytes = options.value('c');
  if (inBytes !== undefined) {
    if (inBytes.startsWith('+')) return Math.max(0, count(process, inBytes.slice(1)) - 1);
    return Math.max(0, all.length - count(process, inBytes.replace(/^-/, '')));
  }
  const lines = options.value('n') ?? '10';
  if (lines.startsWith('+')) return afterLines(all, count(process, lines.slice(1)) - 1);
  let left = count(process, lines.replace(/^-/, ''));
  if (left === 0) return all.length;
  let at = all.length;
  if (all.at(-1) === 10) at -= 1;
  for (; left > 0; left -= 1) {
    const before = at <= 0 ? -1 : all.lastIndexOf(10, at - 1);
    if (before < 0) return 0;
    at = before;
  }
  return at + 1;
}

function afterLines(all: Buffer, lines: number): number {
  let at = 0;
  for (let left = lines; left > 0; left -= 1) {
    const end = all.indexOf(10, at);
    if (end < 0) return all.length;
    at = end + 1;
  }
  return at;
}

/** `head -3` as `head -n 3`. */
function withCount({ name, args }: TwinProcess): Pick<TwinProcess, 'name' | 'args'> {
  return { name, args: args.map((arg) => (/^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg)) };
}

function count(process: TwinProcess, text = ''): number {
  if (!/^\d+$/.test(text)) throw new NotInTwin(`${process.name} of ${text}`);
  return Number(text);
}

const sha256sum: Program = (process) =>
  eachInput(process, readOptions(process, { flags: 'b' }).operands, async (bytes, name) => {
    const hash = createHash('sha256');
    for await (const piece of bytes()) hash.update(piece);
    await process.print(`${hash.digest('hex')}  ${name}`);
  });

const wc: Program = (process) => {
  const options = readOptions(process, { flags: 'lc' });
  if (options.has('l') === options.has('c')) throw new NotInTwin('wc with other than one of -l and -c');
  return eachInput(process, options.operands, async (bytes, name) => {
    let total = 0;
    for await (const piece of bytes())
      total += options.has('c')
        ? piece.length
        : piece.reduce((lines, byte) => lines + Number(byte === 10), 0);
    await process.print(name === '-' ? String(total) : `${total} ${name}`);
  });
};

const seq: Program = async (process) => {
  const numbers = process.args.map(Number);
  if (numbers.length < 1 || numbers.length > 2 || numbers.some((n) => !Number.isInteger(n)))
    throw new NotInTwin(`seq ${process.args.join(' ')}`);
  const [first, last] = numbers.length === 1 ? [1, numbers[0] as number] : (numbers as [number, number]);
  for (let n = first; n <= last; n += 1) await process.print(String(n));
  return 0;
};

const tee: Program = async (process) => {
  const options = readOptions(process, { flags: 'a' });
  for (const name of options.operands) if (!options.has('a')) process.files.write(process.resolve(name), '');
  for await (const piece of inputOf(process)) {
    for (const name of options.operands) process.files.append(process.resolve(name), piece);
    await process.write(piece);
  }
  return 0;
};

export const TEXT_PROGRAMS: Readonly<Record<string, Program>> = {
  cat,
  echo,
  head,
  printf,
  seq,
  sha256sum,
  tail,
  tee,
  wc,
};
