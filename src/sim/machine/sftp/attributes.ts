// A file's attributes in SFTP packets, and the line that `ls -l` of a client prints.
import type { Stats } from 'node:fs';
import { type PacketReader, uint32, uint64 } from './packets.ts';

const HAS_SIZE = 1;
const HAS_OWNER = 2;
const HAS_MODE = 4;
const HAS_TIMES = 8;
const HAS_EXTENDED = 0x8000_0000;

/** What a client asks to be set; undefined stays as it is. */
export interface AttributeChange {
  readonly size: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly mode: number | undefined;
  /** In seconds. */
  readonly times: { readonly accessed: number; readonly modified: number } | undefined;
}

export function readAttributes(reader: PacketReader): AttributeChange {
  const flags = reader.uint32();
  const size = flags & HAS_SIZE ? reader.uint64() : undefined;
  const owner = flags & HAS_OWNER ? { uid: reader.uint32(), gid: reader.uint32() } : undefined;
  const mode = flags & HAS_MODE ? reader.uint32() & 0o7777 : undefined;
  const times = flags & HAS_TIMES ? { accessed: reader.uint32(), modified: reader.uint32() } : undefined;
  if (flags & HAS_EXTENDED) {
    for (let left = reader.uint32(); left > 0; left -= 1) {
      reader.bytes();
      reader.bytes();
    }
  }
  return { size, owner, mode, times };
}

export function attributesOf(stats: Stats): Buffer {
  return Buffer.concat([
    uint32(HAS_SIZE | HAS_OWNER | HAS_MODE | HAS_TIMES),
    uint64(stats.size),
    uint32(stats.uid),
    uint32(stats.gid),
    uint32(stats.mode),
    uint32(stats.atimeMs / 1000),
    uint32(stats.mtimeMs / 1000),
  ]);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const KINDS: ReadonlyMap<number, string> = new Map([
  [0o140000, 's'],
  [0o120000, 'l'],
  [0o100000, '-'],
  [0o060000, 'b'],
  [0o040000, 'd'],
  [0o020000, 'c'],
  [0o010000, 'p'],
]);
const KIND_BITS = 0o170000;

export interface LongNameOptions {
  readonly name: string;
  readonly stats: Stats;
  /** The user who is root inside. */
  readonly rootUid: number;
}

/** `-rw-r--r--    1 root     root         1024 Jan 31  2026 model.bin`, in UTC. */
export function longName({ name, stats, rootUid }: LongNameOptions): string {
  const at = new Date(stats.mtimeMs);
  const day = `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)}`;
  const time = ` ${at.toISOString().slice(11, 16)}`;
  const owner = (id: number) => (id === rootUid || id === 0 ? 'root' : String(id)).padEnd(8);
  return [
    (KINDS.get(stats.mode & KIND_BITS) ?? '?') + modeText(stats.mode),
    String(stats.nlink).padStart(4),
    owner(stats.uid),
    owner(stats.gid),
    String(stats.size).padStart(8),
    `${day}${time}`,
    name,
  ].join(' ');
}

function modeText(mode: number): string {
  const bits = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'].map((letter, index) =>
    mode & (1 << (8 - index)) ? letter : '-',
  );
  if (mode & 0o4000) bits[2] = bits[2] === 'x' ? 's' : 'S';
  if (mode & 0o2000) bits[5] = bits[5] === 'x' ? 's' : 'S';
  if (mode & 0o1000) bits[8] = bits[8] === 'x' ? 't' : 'T';
  return bits.join('');
}
