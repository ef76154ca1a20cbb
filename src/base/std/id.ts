// Ids that sort by time and say what they are: `rental_01kc…`.
import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** `noun_` + 10 characters of time + 8 of chance (40 bits), Crockford's base 32. */
export function createId(noun: string, { clock, random }: { clock: Clock; random: Random }): string {
  let time = Math.trunc(clock.now());
  let stamp = '';
  for (let i = 0; i < 10; i += 1) {
    stamp = ALPHABET[time % 32] + stamp;
    time = Math.floor(time / 32);
  }
  let tail = '';
  for (let i = 0; i < 8; i += 1) tail += ALPHABET[random.int(0, 31)];
  return `${noun}_${stamp}${tail}`;
}
