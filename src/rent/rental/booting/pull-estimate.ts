// When an image will be there: expected from its size and the machine, then read off the pull itself.
import type { PullProgress } from './pull-progress.ts';

/** A duration that is not known, in milliseconds: surely no shorter, likely, surely hardly longer. */
export interface Span {
  readonly leastMs: number;
  readonly likelyMs: number;
  readonly mostMs: number;
}

export interface PullFacts {
  /** Compressed, as it is pulled; undefined where nobody knows: a usual training image is assumed. */
  readonly imageGb?: number | undefined;
  /** As the host advertises it. */
  readonly downloadMbps?: number | null | undefined;
  /** Seconds that pulls of this image, or of the same size, took on this machine before. */
  readonly seenPullSeconds?: number | undefined;
}

/** A usual PyTorch image with CUDA; images in use run from 0.1 to 20. */
const USUAL_IMAGE_GB = 4;
const UNKNOWN_MBPS = 100;
/** Hosts advertise a speed test; a registry's line to them gives less. */
const USUAL_LINE_SHARE = 0.5;
/** What a registry gives one caller. */
const REGISTRY_MBPS = 1_000;
/** Of a compressed GB: one core unpacks some 70 MB/s of it. */
const UNPACK_S_PER_GB = 15;
const MBIT_PER_GB = 8_000;
const SECOND_MS = 1_000;

/** Before the first line of the pull. It may be on the machine already: then it takes no time. */
export function expectPull({ imageGb, downloadMbps, seenPullSeconds }: PullFacts): Span {
  if (seenPullSeconds !== undefined && seenPullSeconds >= 0) {
    const likelyMs = seenPullSeconds * SECOND_MS;
    return { leastMs: 0, likelyMs, mostMs: Math.max(2 * likelyMs, 60 * SECOND_MS) };
  }
  const gb = imageGb !== undefined && imageGb > 0 ? imageGb : USUAL_IMAGE_GB;
  const advertised = downloadMbps && downloadMbps > 0 ? downloadMbps : UNKNOWN_MBPS;
  const mbps = Math.min(REGISTRY_MBPS, advertised * USUAL_LINE_SHARE);
  const likelyMs = ((gb * MBIT_PER_GB) / mbps + gb * UNPACK_S_PER_GB) * SECOND_MS;
  // An image of unknown size may be five times the usual one; the line of a busy host a third of the usual.
  const widest = imageGb === undefined ? 5 : 3;
  return { leastMs: 0, likelyMs, mostMs: widest * likelyMs };
}

/** How far the pull was when it was looked at. */
export interface PullMark {
  readonly atMs: number;
  readonly progress: PullProgress;
}

export interface PullReading {
  readonly expected: Span;
  /** The first look at this pull, and the last; undefined before the daemon told of it. */
  readonly first?: PullMark | undefined;
  readonly last?: PullMark | undefined;
  /** Since when it has been pulling. */
  readonly sinceMs: number;
}

/** Downloading is this part of the work of a layer, unpacking the rest. */
const DOWNLOAD_SHARE = 0.65;
/** Less than this tells nothing of the speed. */
const LEAST_SHARE = 0.02;

/** What is left from `nowMs` on. */
export function leftOfPull(reading: PullReading, nowMs: number): Span {
  const { expected, last, sinceMs } = reading;
  if (last?.progress.isDone) return { leastMs: 0, likelyMs: 0, mostMs: 0 };
  const share = last ? shareOf(last.progress) : undefined;
  if (last && share !== undefined && share >= LEAST_SHARE) {
    const pulledMs = Math.max(SECOND_MS, last.atMs - sinceMs);
    const atLastMs = (pulledMs * (1 - share)) / share;
    const likelyMs = Math.max(0, atLastMs - (nowMs - last.atMs));
    return { leastMs: likelyMs / 2, likelyMs, mostMs: Math.max(2 * likelyMs, 10 * SECOND_MS) };
  }
  const elapsedMs = Math.max(0, nowMs - sinceMs);
  // Past what was expected, what has lasted long lasts longer: half of it again.
  const likelyMs = Math.max(expected.likelyMs - elapsedMs, elapsedMs / 2);
  return {
    leastMs: Math.max(0, expected.leastMs - elapsedMs),
    likelyMs,
    mostMs: Math.max(expected.mostMs - elapsedMs, 2 * likelyMs),
  };
}

/** 0 to 1; undefined while most layers have not told their size. */
export function shareOf({
  totalBytes,
  downloadedBytes,
  extractedBytes,
  layers,
  unsized,
}: PullProgress): number | undefined {
  if (totalBytes === 0 || unsized > layers / 2) return undefined;
  // Layers that have not begun count as the mean of the others: docker takes them in no order of size.
  const total = totalBytes * (layers / Math.max(1, layers - unsized));
  return (DOWNLOAD_SHARE * downloadedBytes + (1 - DOWNLOAD_SHARE) * extractedBytes) / total;
}

/** How much must have been seen before a pull is called too slow. */
const WATCHED_MS = 180_000;
const PULLED_MS = 300_000;
/** Even if it went so many times as fast from now on. */
const SPEED_UP = 3;

/** Whether the pull surely cannot end before `deadlineMs`; only watched bytes tell, never an expectation. */
export function isSurelyTooSlow({ first, last, sinceMs }: PullReading, deadlineMs: number): boolean {
  if (!first || !last || last.progress.isDone) return false;
  if (last.atMs - first.atMs < WATCHED_MS || last.atMs - sinceMs < PULLED_MS) return false;
  const [before, after] = [shareOf(first.progress), shareOf(last.progress)];
  if (before === undefined || after === undefined || after < before) return false;
  const watchedRate = (after - before) / (last.atMs - first.atMs);
  const wholeRate = after / (last.atMs - sinceMs);
  const bestRate = SPEED_UP * Math.max(watchedRate, wholeRate);
  return bestRate <= 0 || last.atMs + (1 - after) / bestRate > deadlineMs;
}
