// Event files as TensorBoard's writers make them, from the published formats: TFRecord frames around protocol buffers. The
// checksum here is reckoned bit by bit, as RFC 3720 defines it, and not by the reader's table.

export interface AnEvent {
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
  readonly atMs?: number;
}

export function eventFileOf(events: readonly AnEvent[]): Buffer {
  return Buffer.concat(events.map((event) => recordOf(eventOf(event))));
}

export function recordOf(data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, checksum(length), data, checksum(data)]);
}

export function eventOf({ step, scalars, atMs = 1_767_225_600_000 }: AnEvent): Buffer {
  const time = Buffer.alloc(8);
  time.writeDoubleLE(atMs / 1_000);
  const summary = Buffer.concat(
    Object.entries(scalars).map(([tag, value]) => {
      const float = Buffer.alloc(4);
      float.writeFloatLE(value);
      return bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), varint((2 << 3) | 5), float]));
    }),
  );
  return Buffer.concat([varint((1 << 3) | 1), time, varint(2 << 3), varint(step), bytesField(5, summary)]);
}

export function bytesField(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Buffer.from([...bytes, left]);
}

function checksum(data: Uint8Array): Buffer {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  crc = (crc ^ 0xffffffff) >>> 0;
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}
