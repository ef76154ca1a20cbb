// TFRecord framing: length (8 bytes, little endian), its checksum, the data, its checksum. Read from pieces of any size,
// with memory bounded by the longest record that is believed.
import { maskedCrc32c } from './crc32c.ts';

/** The file is no record file, or is damaged from here on: nothing tells where the next record begins. */
export class DamagedRecordsError extends Error {
  override name = 'DamagedRecordsError';
}

export interface RecordReader {
  /** The records that these bytes complete. Throws DamagedRecordsError, and again at each further call. */
  push(bytes: Uint8Array): readonly TfRecord[];
}

export interface TfRecord {
  /** Of its first byte in the file. */
  readonly offset: number;
  readonly data: Uint8Array;
}

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;
/** Images and graphs are in there too; a length beyond this is damage that the checksum did not tell. */
const RECORD_MAX_BYTES = 256 * 1024 * 1024;
/** Longer records hold no scalars: their bytes are passed over. */
const HELD_MAX_BYTES = 1024 * 1024;

export function createRecordReader(startOffset = 0): RecordReader {
  let held: Buffer = Buffer.alloc(0);
  let offset = startOffset;
  let toSkip = 0;
  let damage: DamagedRecordsError | undefined;

  const fail = (what: string): never => {
    damage = new DamagedRecordsError(
      `The event file is damaged at byte ${offset}: ${what}; what was before it is kept`,
    );
    throw damage;
  };

  return {
    push(bytes) {
      if (damage) throw damage;
      held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
      const records: TfRecord[] = [];
      let from = 0;
      for (;;) {
        if (toSkip > 0) {
          const passed = Math.min(toSkip, held.length - from);
          toSkip -= passed;
          from += passed;
          offset += passed;
          if (toSkip > 0) break;
        }
        if (held.length - from < HEADER_BYTES) break;
        const length = Number(held.readBigUInt64LE(from));
        if (held.readUInt32LE(from + 8) !== maskedCrc32c(held.subarray(from, from + 8)))
          fail('the checksum of a length is wrong');
        if (length > RECORD_MAX_BYTES) fail(`a record of ${length} bytes`);
        const whole = HEADER_BYTES + length + FOOTER_BYTES;
        if (length > HELD_MAX_BYTES) {
          toSkip = whole;
          continue;
        }
        if (held.length - from < whole) break;
        const data = held.subarray(from + HEADER_BYTES, from + HEADER_BYTES + length);
        if (held.readUInt32LE(from + HEADER_BYTES + length) !== maskedCrc32c(data))
          fail('the checksum of a record is wrong');
        records.push({ offset, data: Buffer.from(data) });
        from += whole;
        offset += whole;
      }
      // A copy: a view would keep the whole piece alive.
      held = Buffer.from(held.subarray(from));
      return records;
    },
  };
}
