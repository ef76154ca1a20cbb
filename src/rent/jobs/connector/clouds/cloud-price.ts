// What is asked of another cloud, and what it says.
import type { Secret } from '../../../../base/std/index.ts';

export const CLOUDS = ['runpod', 'lambda'] as const;
export type Cloud = (typeof CLOUDS)[number];

/** Dollars for one GPU and hour. */
export interface PublishedPrice {
  /** In the cloud's own words; null where it has none like it. */
  readonly gpu: string | null;
  readonly pricePerHour: number | null;
  /** Of what can be taken away; null where there is no such thing. */
  readonly spotPricePerHour: number | null;
}

export interface CloudPrice extends PublishedPrice {
  readonly provider: Cloud;
  /** This program has never had an answer of this cloud itself. */
  readonly neverSeenLive: true;
  /** Why there is no price; null where there is one. */
  readonly problem: string | null;
}

/** How one cloud is asked. */
export interface CloudQuestion {
  readonly gpu: string;
  readonly key: Secret;
  readonly send: (url: string, init: RequestInit) => Promise<unknown>;
}
