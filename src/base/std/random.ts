// Dice as an argument: one seed, forked by name, so that a draw depends on who draws and never on how
// often somebody else did. The only file that asks the system for randomness.
import { randomBytes } from 'node:crypto';

export interface Random {
  /** The seed that repeats this sequence. */
  readonly seed: string;
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [min, max], both included. */
  int(min: number, max: number): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** One element, each as likely; `items` must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Exponential with the given mean. */
  exponential(mean: number): number;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent sequence that depends only on this seed and the names. */
  fork(...names: readonly (string | number)[]): Random;
}

/** A fresh seed from the operating system, short enough to be typed. */
export function freshSeed(): string {
  return randomBytes(6).toString('hex');
}

export function createRandom(seed: string | number): Random {
  const text = String(seed);
  // The state is made at the first draw: most forks are drawn from once or never.
  let state: Uint32Array | undefined;
  const next = (): number => {
    state ??= seedState(text);
    return (sfc32(state) >>> 0) / 4294967296;
  };
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    seed: text,
    next,
    int,
    chance: (p) => next() < p,
    pick: (items) => items[int(0, items.length - 1)] as (typeof items)[number],
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    exponential: (mean) => -mean * Math.log(1 - next()),
    shuffle: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i -= 1) {
        const j = int(0, i);
        [copy[i], copy[j]] = [copy[j] as (typeof copy)[number], copy[i] as (typeof copy)[number]];
      }
      return copy;
    },
    fork: (...names) => createRandom([text, ...names].join('/')),
  };
}

/** One step of sfc32 (Chris Doty-Humphrey, PractRand), a small generator that passes its test suite. */
function sfc32(s: Uint32Array): number {
  const a = s[0] as number;
  const b = s[1] as number;
  const c = s[2] as number;
  const counter = s[3] as number;
  const result = (a + b + counter) | 0;
  s[3] = counter + 1;
  s[0] = b ^ (b >>> 9);
  s[1] = (c + (c << 3)) | 0;
  s[2] = ((c << 21) | (c >>> 11)) + result;
  return result;
}

function seedState(text: string): Uint32Array {
  // FNV-1a over the text, once for each word with another start; 12 warm-up rounds mix them.
  const state = new Uint32Array(4);
  for (let word = 0; word < 4; word += 1) {
    let hash = (0x811c9dc5 ^ (word * 0x9e3779b1)) >>> 0;
    for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    state[word] = hash;
  }
  for (let round = 0; round < 12; round += 1) sfc32(state);
  return state;
}
