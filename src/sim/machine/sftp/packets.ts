// The bytes of SFTP version 3 (draft-ietf-secsh-filexfer-02): reading requests, writing replies.

export const REQUESTS = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;

export const REPLIES = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 201,
} as const;

export const STATUSES = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  denied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;

/** A packet is cut short or says a length that it does not have. */
export class PacketError extends Error {
  override name = 'PacketError';
}

/** Reads the fields of one packet in order. Strings are Latin-1: one character a byte. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** Exact up to 2^53; sizes and offsets beyond do not occur. */
  uint64(): number {
    return Number(this.#bytes.readBigUInt64BE(this.#take(8)));
  }

  bytes(): Buffer {
    const length = this.uint32();
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(): string {
    return this.bytes().toString('latin1');
  }

  #take(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) throw new PacketError('An SFTP packet ended early');
    this.#at = from + length;
    return from;
  }
}

/** Fields of a reply. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.trunc(value))));
  return bytes;
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** Length, type, and the fields. */
export function packet(type: number, ...fields: readonly Buffer[]): Buffer {
  const length = fields.reduce((sum, field) => sum + field.length, 1);
  return Buffer.concat([uint32(length), Buffer.of(type), ...fields], 4 + length);
}

/** Bytes before the data of a data reply: length, type, request, length of the data. */
export const DATA_HEADER_BYTES = 13;

/** Fills in the header of a data reply whose data stands behind it already; without a copy. */
export function dataReply(buffer: Buffer, request: number, dataBytes: number): Buffer {
  buffer.writeUInt32BE(9 + dataBytes, 0);
  buffer.writeUInt8(REPLIES.data, 4);
  buffer.writeUInt32BE(request, 5);
  buffer.writeUInt32BE(dataBytes, 9);
  return buffer.subarray(0, DATA_HEADER_BYTES + dataBytes);
}
