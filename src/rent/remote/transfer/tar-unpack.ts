// A tar stream, piece by piece, as entries with their bytes: ustar, GNU's long names and pax headers.

export interface TarEntry {
  /** As the archive names it: nothing is checked yet. */
  readonly path: string;
  /** `0` a file, `5` a folder, `2` a link; others as the archive has them. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** What is no tar archive, or one that ended in the middle. */
export class TarFormatError extends Error {
  override name = 'TarFormatError';
}

/** Hears of each entry, then its bytes, then its end, in order. */
export interface TarVisitor {
  begin(entry: TarEntry): Promise<void> | void;
  bytes(bytes: Uint8Array): Promise<void> | void;
  end(): Promise<void> | void;
}

const BLOCK = 512;

/** No header of an honest archive is longer; a longer one would be held in memory. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

export async function unpackTar(archive: AsyncIterable<Uint8Array>, visitor: TarVisitor): Promise<void> {
  const reader = createReader(archive);
  let longPath: string | undefined;
  let pax: Readonly<Record<string, string>> = {};
  for (;;) {
    const block = await reader.take(BLOCK);
    if (!block) throw new TarFormatError('The archive ended without its end mark');
    if (block.every((byte) => byte === 0)) break;
    const header = parseHeader(block);
    const sizeBytes = pax.size === undefined ? header.sizeBytes : Number(pax.size);
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
      throw new TarFormatError(`An entry of the archive has the size ${sizeBytes}`);
    if (header.type === 'x' || header.type === 'g' || header.type === 'L' || header.type === 'K') {
      if (sizeBytes > MAX_EXTENSION_BYTES)
        throw new TarFormatError(`A header of the archive has ${sizeBytes} bytes`);
      const content = await reader.must(sizeBytes);
      await reader.must(padding(sizeBytes));
      if (header.type === 'x') pax = parsePax(content);
      else if (header.type === 'L') longPath = content.toString('utf8').replace(/\0[\s\S]*$/, '');
      continue;
    }
    const path = pax.path ?? longPath ?? header.path;
    const modifiedAtMs = pax.mtime === undefined ? header.modifiedAtMs : Math.floor(Number(pax.mtime)) * 1000;
    await visitor.begin({ path, type: header.type === '\0' ? '0' : header.type, sizeBytes, modifiedAtMs });
    for (let left = sizeBytes; left > 0; ) {
      const piece = await reader.some(left);
      left -= piece.length;
      await visitor.bytes(piece);
    }
    await reader.must(padding(sizeBytes));
    await visitor.end();
    longPath = undefined;
    pax = {};
  }
  await reader.drain();
}

function padding(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

function createReader(archive: AsyncIterable<Uint8Array>) {
  const source = archive[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  /** False at the end. */
  const more = async (): Promise<boolean> => {
    const next = await source.next();
    if (next.done) return false;
    const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    return true;
  };
  const cutShort = () => new TarFormatError('The archive ended in the middle of an entry');
  /** Exactly so many; undefined where nothing is left. */
  const take = async (length: number): Promise<Buffer | undefined> => {
    while (held.length < length)
      if (!(await more())) {
        if (held.length === 0) return undefined;
        throw cutShort();
      }
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  };
  return {
    take,
    must: async (length: number): Promise<Buffer> => {
      if (length === 0) return Buffer.alloc(0);
      const taken = await take(length);
      if (!taken) throw cutShort();
      return taken;
    },
    /** What is there, at most so many; at least one. */
    some: async (most: number): Promise<Buffer> => {
      while (held.length === 0) if (!(await more())) throw cutShort();
      const taken = held.subarray(0, most);
      held = held.subarray(taken.length);
      return taken;
    },
    /** Read to its end, so that the command that writes it ends by itself. */
    drain: async (): Promise<void> => {
      do held = Buffer.alloc(0);
      while (await more());
    },
  };
}

function parseHeader(block: Buffer): TarEntry {
  const sum = Number.parseInt(text(block, 148, 8), 8);
  let actual = 8 * 32;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) actual += block[at] as number;
  if (sum !== actual) throw new TarFormatError('The stream is no tar archive: a header has a wrong checksum');
  const prefix = text(block, 257, 5) === 'ustar' && block[262] === 0 ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] as number),
    sizeBytes: number(block, 124, 12),
    modifiedAtMs: number(block, 136, 12) * 1000,
  };
}

/** Octal, or big-endian binary where the first bit is set, as GNU tar writes large numbers. */
function number(block: Buffer, at: number, length: number): number {
  if (((block[at] as number) & 0x80) === 0) return Number.parseInt(text(block, at, length).trim() || '0', 8);
  let value = (block[at] as number) & 0x7f;
  for (const byte of block.subarray(at + 1, at + length)) value = value * 256 + byte;
  return value;
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function parsePax(content: Buffer): Readonly<Record<string, string>> {
  const records: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(32, at);
    const length = Number(content.toString('latin1', at, blank));
    if (blank < 0 || !(length > 0) || at + length > content.length)
      throw new TarFormatError('A pax header of the archive is malformed');
    const [key = '', ...value] = content.toString('utf8', blank + 1, at + length - 1).split('=');
    records[key] = value.join('=');
    at += length;
  }
  return records;
}
