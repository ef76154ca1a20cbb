// The scalars in an event of TensorBoard, read from its protocol buffers without their schema's code. Fields, from
// tensorflow/core/util/event.proto, framework/summary.proto and framework/tensor.proto:
//   Event    1 wall_time double · 2 step int64 · 5 summary
//   Summary  1 value (repeated)
//   Value    1 tag string · 2 simple_value float · 8 tensor
//   Tensor   1 dtype · 2 shape · 4 tensor_content bytes · 5 float_val · 6 double_val · 10 int64_val

export interface Scalar {
  readonly tag: string;
  readonly value: number;
}

export interface ScalarEvent {
  /** Epoch milliseconds; null where it is not told. */
  readonly atMs: number | null;
  readonly step: number;
  readonly scalars: readonly Scalar[];
}

interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

const SCALAR_ELEMENTS = 1;

/** Undefined where the event holds no scalars. Bytes that are no event at all hold none. */
export function scalarsOf(data: Uint8Array): ScalarEvent | undefined {
  let atMs: number | null = null;
  let step = 0;
  const scalars: Scalar[] = [];
  for (const { number, value } of fieldsOf(data)) {
    if (number === 1 && Buffer.isBuffer(value) && value.length === 8) atMs = value.readDoubleLE(0) * 1_000;
    if (number === 2 && typeof value === 'bigint') step = Number(BigInt.asIntN(64, value));
    if (number === 5 && Buffer.isBuffer(value)) {
      for (const entry of fieldsOf(value)) {
        if (entry.number !== 1 || !Buffer.isBuffer(entry.value)) continue;
        const scalar = scalarOf(entry.value);
        if (scalar) scalars.push(scalar);
      }
    }
  }
  if (scalars.length === 0) return undefined;
  return { atMs: atMs !== null && Number.isFinite(atMs) ? atMs : null, step, scalars };
}

function scalarOf(data: Uint8Array): Scalar | undefined {
  let tag: string | undefined;
  let value: number | undefined;
  for (const field of fieldsOf(data)) {
    if (!Buffer.isBuffer(field.value)) continue;
    if (field.number === 1) tag = field.value.toString('utf8');
    if (field.number === 2 && field.value.length === 4) value = field.value.readFloatLE(0);
    if (field.number === 8) value ??= tensorScalar(field.value);
  }
  return tag === undefined || value === undefined ? undefined : { tag, value };
}

const DT_FLOAT = 1;
const DT_DOUBLE = 2;

/** Of a tensor with one element. */
function tensorScalar(data: Uint8Array): number | undefined {
  let dtype = 0;
  const values: number[] = [];
  for (const { number, value } of fieldsOf(data)) {
    if (number === 1 && typeof value === 'bigint') dtype = Number(value);
    if (!Buffer.isBuffer(value)) {
      if (number === 10) values.push(Number(BigInt.asIntN(64, value)));
      continue;
    }
    if (number === 5 && value.length === 4) values.push(value.readFloatLE(0));
    if (number === 6 && value.length === 8) values.push(value.readDoubleLE(0));
    if (number === 4 && dtype === DT_FLOAT && value.length === 4) values.push(value.readFloatLE(0));
    if (number === 4 && dtype === DT_DOUBLE && value.length === 8) values.push(value.readDoubleLE(0));
  }
  return values.length === SCALAR_ELEMENTS ? values[0] : undefined;
}

/** Ends quietly where the bytes make no sense: what was read before holds. Fixed-size numbers come as their bytes. */
function* fieldsOf(data: Uint8Array): Generator<Field, void> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const varint = (): bigint | undefined => {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      at += 1;
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    return undefined;
  };
  const take = (length: number): Buffer | undefined => {
    if (length < 0 || at + length > bytes.length) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    if (key === undefined) return;
    const number = Number(key >> 3n);
    const value = read(Number(key & 7n));
    if (value === undefined) return;
    yield { number, value };
  }

  function read(wireType: number): bigint | Buffer | undefined {
    switch (wireType) {
      case 0:
        return varint();
      case 1:
        return take(8);
      case 2: {
        const length = varint();
        return length === undefined ? undefined : take(Number(length));
      }
      case 5:
        return take(4);
      default:
        return undefined;
    }
  }
}
