// Draws keyed by what they are for: the same seed and keys give the same number, whoever asked before.
// Integers are mixed with the finaliser of MurmurHash3 (A. Appleby, public domain): a market draws
// millions of times, too often to fork a named generator for each.

/** What a draw decides; each has its own stream. */
export const DRAW = {
  population: 1,
  host: 2,
  machine: 3,
  ask: 4,
  arrivalGap: 5,
  arrival: 6,
  choice: 7,
  outageGap: 8,
  outage: 9,
  price: 10,
  reliability: 11,
  verification: 12,
  listing: 13,
  score: 14,
  fault: 15,
  initial: 16,
  location: 17,
  worldFault: 18,
  boot: 19,
  instance: 20,
} as const;
export type Draw = (typeof DRAW)[keyof typeof DRAW];

export interface Dice {
  /** Uniform in (0, 1), from four integer keys. */
  unit(draw: Draw, a: number, b?: number, c?: number): number;
  /** Standard normal (Box-Muller). */
  normal(draw: Draw, a: number, b?: number, c?: number): number;
  /** Exponential with mean 1. */
  exponential(draw: Draw, a: number, b?: number, c?: number): number;
  /** Integer in [min, max], both included. */
  int(min: number, max: number, draw: Draw, a: number, b?: number, c?: number): number;
}

export function createDice(seed: string): Dice {
  const base = hashText(seed, 0x811c9dc5);
  const unit: Dice['unit'] = (draw, a, b = 0, c = 0) =>
    (mix(base ^ (draw * 0x9e3779b1), a, b, c) + 0.5) / 4294967296;
  return {
    unit,
    normal: (draw, a, b = 0, c = 0) =>
      Math.sqrt(-2 * Math.log(unit(draw, a, b, c))) *
      Math.cos(2 * Math.PI * unit(draw, a, b, c ^ 0x5bd1e995)),
    exponential: (draw, a, b, c) => -Math.log(unit(draw, a, b, c)),
    int: (min, max, draw, a, b, c) => min + Math.floor(unit(draw, a, b, c) * (max - min + 1)),
  };
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, start: number): number {
  let hash = start >>> 0;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

function mix(seed: number, a: number, b: number, c: number): number {
  let hash = round(round(round(seed, a | 0), b | 0), c | 0);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(hash: number, key: number): number {
  let k = Math.imul(key, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}
