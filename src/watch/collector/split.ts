// Splits a slice so that each part is expected to fit into one answer: by GPU name, then count, region,
// price and, where all those are equal, machine. A pure function of what is known of the slice.
import { holds, type Listing, type OneOf, type Slice, type Span } from './slice.ts';

export interface SplitInput {
  readonly slice: Slice;
  /** Known listings; those the slice does not hold are ignored. */
  readonly known: readonly Listing[];
  /** How many offers the slice is expected to hold; at least the known ones. */
  readonly expected: number;
  /** Most offers a part should be expected to hold. */
  readonly target: number;
}

/** A dimension that leaves more than this share in one part is passed over while another does better. */
const USEFUL_SHARE = 0.8;

/** The parts, in a stable order; the slice itself when it fits, or when nothing known tells its offers apart. */
export function splitSlice({ slice, known, expected, target }: SplitInput): readonly Slice[] {
  const inside = known.filter((listing) => holds(slice, listing));
  // What is known stands for what is not: each known listing counts for several.
  const weight = inside.length === 0 ? 1 : Math.max(1, expected / inside.length);
  return splitFully(slice, inside, weight, target);
}

function splitFully(slice: Slice, inside: readonly Listing[], weight: number, target: number): Slice[] {
  if (inside.length * weight <= target) return [slice];
  const parts = bestSplit(slice, inside, weight, target);
  if (!parts) return [slice];
  return parts.flatMap((part) =>
    splitFully(
      part,
      inside.filter((listing) => holds(part, listing)),
      weight,
      target,
    ),
  );
}

function bestSplit(
  slice: Slice,
  inside: readonly Listing[],
  weight: number,
  target: number,
): readonly Slice[] | undefined {
  let best: { readonly parts: readonly Slice[]; readonly largest: number } | undefined;
  for (const dimension of DIMENSIONS) {
    const parts = dimension(slice, inside, weight, target);
    if (!parts) continue;
    const largest = Math.max(
      ...parts.map((part) => inside.reduce((n, listing) => (holds(part, listing) ? n + 1 : n), 0)),
    );
    if (largest <= USEFUL_SHARE * inside.length) return parts;
    if (largest < inside.length && (!best || largest < best.largest)) best = { parts, largest };
  }
  return best?.parts;
}

type Dimension = (
  slice: Slice,
  inside: readonly Listing[],
  weight: number,
  target: number,
) => readonly Slice[] | undefined;

const DIMENSIONS: readonly Dimension[] = [
  (slice, inside, weight, target) =>
    bins(inside, (listing) => listing.gpuName, slice.gpuName, weight, target)?.map((gpuName) => ({
      ...slice,
      gpuName,
    })),
  (slice, inside, weight, target) =>
    bins(inside, (listing) => listing.numGpus, slice.numGpus, weight, target)?.map((numGpus) => ({
      ...slice,
      numGpus,
    })),
  (slice, inside, weight, target) =>
    bins(inside, (listing) => listing.region, slice.region, weight, target)?.map((region) => ({
      ...slice,
      region,
    })),
  (slice, inside, weight, target) =>
    spans(inside, (listing) => listing.price, slice.price, weight, target)?.map((price) => ({
      ...slice,
      price,
    })),
  (slice, inside, weight, target) =>
    spans(inside, (listing) => listing.machineId, slice.machineId, weight, target)?.map((machineId) => ({
      ...slice,
      machineId,
    })),
];

interface Bin<T> {
  readonly values: T[];
  load: number;
}

/** Values packed first-fit, the most frequent first. The lightest bin of an open condition becomes "none of the others". */
function bins<T extends string | number>(
  inside: readonly Listing[],
  read: (listing: Listing) => T | null,
  condition: OneOf<T> | undefined,
  weight: number,
  target: number,
): OneOf<T>[] | undefined {
  const counts = new Map<T, number>();
  for (const listing of inside) {
    const value = read(listing);
    // A listing without a value would be in no part.
    if (value === null) return undefined;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const filled: Bin<T>[] = [];
  for (const [value, count] of [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) {
    const load = count * weight;
    const bin = filled.find((candidate) => candidate.load + load <= target);
    if (bin) {
      bin.values.push(value);
      bin.load += load;
    } else {
      filled.push({ values: [value], load });
    }
  }
  if (filled.length < 2) return undefined;
  const ordered = filled.sort((a, b) => b.load - a.load);
  const listed = ordered.slice(0, -1).map(({ values }) => values);
  const taken = new Set(listed.flat());
  const last: OneOf<T> =
    condition?.op === 'in'
      ? { op: 'in', values: condition.values.filter((value) => !taken.has(value)) }
      : { op: 'notin', values: [...(condition?.values ?? []), ...taken] };
  return [...listed.map((values): OneOf<T> => ({ op: 'in', values })), last].map(({ op, values }) => ({
    op,
    values: [...values].sort((a, b) => (a < b ? -1 : 1)),
  }));
}

/** Ranges of about equally many listings, cut at values that occur; equal values are never torn apart. */
function spans(
  inside: readonly Listing[],
  read: (listing: Listing) => number | null,
  condition: Span | undefined,
  weight: number,
  target: number,
): Span[] | undefined {
  const values: number[] = [];
  for (const listing of inside) {
    const value = read(listing);
    if (value === null) return undefined;
    values.push(value);
  }
  values.sort((a, b) => a - b);
  const pieces = Math.max(2, Math.ceil((values.length * weight) / target));
  const cuts: number[] = [];
  for (let piece = 1; piece < pieces; piece += 1) {
    const cut = values[Math.floor((piece * values.length) / pieces)];
    const last = cuts.at(-1) ?? values[0];
    if (cut !== undefined && last !== undefined && cut > last) cuts.push(cut);
  }
  // A long tie from the cheapest on hides every quantile: cut just above it.
  const aboveTie = values.find((value) => value !== values[0]);
  if (cuts.length === 0 && aboveTie !== undefined) cuts.push(aboveTie);
  if (cuts.length === 0) return undefined;
  const edges = [condition?.min, ...cuts, condition?.below];
  return edges.slice(1).map((below, index) => ({ min: edges[index], below }));
}
