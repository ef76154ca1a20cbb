// What jobs have to come through, by name, each counted where it really struck: a fault that was only drawn, or that met a
// machine on which nothing ran, has shown nothing.
import { createRandom, HOUR_MS, type Random } from '../../../src/base/std/index.ts';

export const HARDSHIPS = [
  'the answer to a create is lost',
  '504 after a create',
  'three offers in a row are gone',
  'stuck loading',
  'fatal pull',
  'key refused for 60 s',
  'stuck tunnel while it runs',
  'SSH reset every 5 s during logs',
  'SSH reset every 5 s during a fetch',
  'outbid with a checkpoint',
  'outbid without a checkpoint',
  'outbid with a checkpoint half written',
  'its host dies',
  'its disk is full',
  'the disk here takes no log',
  'the disk here takes no artifacts',
  'exit 137',
  'a loss that is no number',
  'credit is gone',
  'five minutes of empty listings',
  'a lid closed for ten hours, and the job ended meanwhile',
  'a lid closed for ten hours, and the job went on',
  'its process dies',
] as const;
export type Hardship = (typeof HARDSHIPS)[number];

export interface Tally {
  readonly struck: Readonly<Record<Hardship, number>>;
  /** Once, or as often as is said. */
  count(hardship: Hardship, times?: number): void;
}

export function createTally(): Tally {
  const struck = Object.fromEntries(HARDSHIPS.map((name) => [name, 0])) as Record<Hardship, number>;
  return {
    struck,
    count: (hardship, times = 1) => {
      struck[hardship] += times;
    },
  };
}

/** What a world has beside the faults of the simulator's plan. */
export const TROUBLES = [
  'gone',
  'late key',
  'resets',
  'outbid',
  'host',
  'disk there',
  'tunnel',
  'key lost',
  'disk here',
  'credit',
  'empty listings',
  'lid',
] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface Troubles {
  readonly all: ReadonlySet<Trouble>;
  /** Of one thing (an instance, a job): the same for a seed, whatever happened to others. */
  readonly of: (what: string) => Random;
  /** Since the beginning; after it nothing new begins. */
  readonly untilMs: number;
}

export const NO_TROUBLES: Troubles = { all: new Set(), of: (what) => createRandom(what), untilMs: 0 };

/** Since the beginning: from then on listings are empty for five minutes. */
export function emptyFromMs({ of, untilMs }: Troubles): number {
  return of('empty listings').int(20 * 60_000, Math.max(20 * 60_000, untilMs - HOUR_MS));
}

/** Each world has about a third of them, so that they do not always hide each other. */
export function troublesFor(seed: string, untilMs: number): Troubles {
  const dice = createRandom(seed).fork('troubles');
  return {
    all: new Set(TROUBLES.filter((trouble) => dice.fork(trouble).chance(0.35))),
    of: (what) => dice.fork(what),
    untilMs,
  };
}
