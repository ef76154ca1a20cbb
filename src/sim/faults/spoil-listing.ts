// Spoils the rows of a listing's answer: none, half of them, or no list at all.
import { asciiJson } from '../market/market.ts';

export const SPOILED = ['empty', 'short', 'ill-typed'] as const;
export type Spoiled = (typeof SPOILED)[number];

/** Fields that count rows. */
const TOTALS = ['instances_found', 'total_instances', 'templates_found', 'count', 'total'];

/** What has been seen, or can be thought of, in the place of a list. */
const NO_LISTS: readonly unknown[] = [null, {}, '', 'error'];

/**
 * The same answer with its list spoiled: a bare array, or the first array among an object's fields. An answer without
 * a list comes back unchanged. `unit` in [0, 1) chooses what stands in the list's place.
 */
export function spoilListing(json: string, how: Spoiled, unit: number): string {
  const answer = JSON.parse(json) as unknown;
  if (Array.isArray(answer)) return asciiJson(spoil(answer, how, unit));
  if (typeof answer !== 'object' || answer === null) return json;
  const fields = answer as Readonly<Record<string, unknown>>;
  const name = Object.keys(fields).find((key) => Array.isArray(fields[key]));
  if (name === undefined) return json;
  const spoiled: Record<string, unknown> = { ...fields, [name]: spoil(fields[name] as unknown[], how, unit) };
  if (how === 'empty') {
    for (const total of TOTALS) if (typeof spoiled[total] === 'number') spoiled[total] = 0;
    if ('next_token' in spoiled) spoiled.next_token = null;
  }
  return asciiJson(spoiled);
}

function spoil(rows: readonly unknown[], how: Spoiled, unit: number): unknown {
  switch (how) {
    case 'empty':
      return [];
    case 'short':
      return rows.slice(0, Math.floor(rows.length / 2));
    case 'ill-typed':
      return NO_LISTS[Math.floor(unit * NO_LISTS.length)];
  }
}
