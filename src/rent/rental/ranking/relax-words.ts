// Figures and lists for the sentences that say what to ask instead.
import { formatUsd } from '../../../base/std/index.ts';
import type { Candidate } from './candidate.ts';

type Figure = (candidate: Candidate) => number;

export function most(candidates: readonly Candidate[], figure: Figure): number {
  return candidates.reduce((best, candidate) => Math.max(best, figure(candidate)), 0);
}

export function least(candidates: readonly Candidate[], figure: Figure): number {
  return candidates.reduce((best, candidate) => Math.min(best, figure(candidate)), Number.MAX_SAFE_INTEGER);
}

export function roundDown(value: number, places: number): number {
  return Math.floor(value * 10 ** places) / 10 ** places;
}

export function roundUp(value: number, places: number): number {
  return Math.ceil(value * 10 ** places) / 10 ** places;
}

/** The limit that lets this price in. */
export function upToCents(price: number): string {
  // As many places as are written, or the limit would be below the price.
  return formatUsd(roundUp(price, price >= 1 ? 2 : price >= 0.1 ? 3 : 4));
}

const LISTED = 3;

/** The most frequent ones, ties in their own order: `RTX 4090, RTX 3090 or 3 others`. */
export function listOf(values: readonly (string | number)[]): string {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sorted = [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([value]) => String(value));
  if (sorted.length <= LISTED) return sorted.join(' or ');
  return `${sorted.slice(0, LISTED).join(', ')} or ${sorted.length - LISTED} others`;
}
