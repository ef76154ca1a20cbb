// A digest of a poll's rows that does not depend on their order, made from the 16 columns alone. It shares no
// code with the store's own poll hash, so that a fault of one cannot hide in the other.
import type { RawObservation } from './source/raw-row.ts';

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Texts repeat: the few thousand names and places of a market are hashed once. */
const textHashes = new Map<string, number>();
const TEXT_HASHES_KEPT = 50_000;

/** Marks that no number and no text has. */
const NULL_WORD = 0x6e756c6c;
const TEXT_WORD = 0x74657874;

/** Sum of the rows' hashes in two 32-bit lanes, and their number. */
export class RowDigest {
  rows = 0;
  #a = 0;
  #b = 0;

  add(row: RawObservation): void {
    let a = 0x9e3779b1;
    let b = 0x7f4a7c15;
    const feed = (word: number) => {
      a = Math.imul(a ^ word, 0x01000193) ^ (a >>> 15);
      b = Math.imul((b << 5) ^ (b >>> 27) ^ word, 0xcc9e2d51);
    };
    const feedNumber = (value: number | null) => {
      if (value === null) return feed(NULL_WORD);
      double[0] = value;
      feed(words[0] as number);
      feed((words[1] as number) ^ 1);
    };
    const feedText = (value: string | null) => {
      if (value === null) return feed(NULL_WORD);
      feed(TEXT_WORD);
      feed(hashOfText(value));
    };
    feedNumber(row.offerId);
    feedNumber(row.machineId);
    feedText(row.gpuName);
    feedNumber(row.numGpus);
    feedNumber(row.gpuFrac);
    feedNumber(row.gpuTotalRamGb);
    feedNumber(row.dphTotal);
    feedNumber(row.reliability);
    feedText(row.geolocation);
    feedText(row.type);
    feedNumber(row.rentable);
    feedNumber(row.rented);
    feedNumber(row.verified);
    feedNumber(row.deverified);
    feedText(row.availability);
    this.#a = (this.#a + mix(a)) >>> 0;
    this.#b = (this.#b + mix(b)) >>> 0;
    this.rows += 1;
  }

  /** Adds another poll's digest, for the digest of a whole import. */
  addDigest(other: RowDigest): void {
    this.#a = (this.#a + other.#a) >>> 0;
    this.#b = (this.#b + other.#b) >>> 0;
    this.rows += other.rows;
  }

  equals(other: RowDigest): boolean {
    return this.rows === other.rows && this.#a === other.#a && this.#b === other.#b;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return this.#a.toString(16).padStart(8, '0') + this.#b.toString(16).padStart(8, '0');
  }
}

/** 32-bit finaliser of MurmurHash3 (Austin Appleby, public domain). */
function mix(lane: number): number {
  let x = lane ^ (lane >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** FNV-1a (Fowler, Noll, Vo) over UTF-16 units. */
function hashOfText(text: string): number {
  const known = textHashes.get(text);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = mix(hash ^ text.length);
  if (textHashes.size >= TEXT_HASHES_KEPT) textHashes.clear();
  textHashes.set(text, hash);
  return hash;
}
