// From the create to the first step: starting, pulling the image, and copying data in and out.
import type { Offer } from '../../../net/vast/index.ts';
import type { HostFacts } from './host-facts.ts';
import type { Image } from './need.ts';

/** Without the pull: contract, container, sshd, our first handshake. */
const BARE_BOOT_S = 60;
/** Lines reach about this share of what hosts advertise, which is a speed test at its best moment. */
const USUAL_BANDWIDTH_SHARE = 0.6;
/** The slowest tenth of the market of 2024-11-05, assumed of an offer that shows none, or 0. */
const UNKNOWN_MBIT = 84;
/** Registries and stores serve one reader no faster than about this. */
const SOURCE_MOST_MBIT = 1_000;
/** Unpacking layers is bound by one core long before the disk is. */
const UNPACK_MOST_MB_PER_S = 150;
const UNPACK_DISK_SHARE = 0.3;
const UNKNOWN_DISK_MB_PER_S = 500;
/** After this a boot is given up and the next offer is tried. */
const GIVE_UP_S = 900;
/** Of twenty boots one fails, before anything was seen on a machine (Beta prior of 1 and 19). */
const PRIOR_FAILURES = 1;
const PRIOR_SUCCESSES = 19;
/** Boots that the prior of the boot time counts for. */
const PRIOR_BOOTS = 2;

const MBIT_PER_GB = 8_000;
const MB_PER_GB = 1_000;

export interface BootTime {
  /** Of a boot that works: pull and unpacking included. */
  readonly bootS: number;
  /** Part of it that the pull takes, by the image's size alone. */
  readonly pullS: number;
  readonly failureChance: number;
  /** Seconds until a boot has worked, failed ones included. */
  readonly expectedS: number;
}

export interface BootTerms {
  readonly offer: Offer;
  readonly facts: HostFacts;
  readonly image: Image;
  readonly downSPerGb: number;
}

export function bootTime({ offer, facts, image, downSPerGb }: BootTerms): BootTime {
  const diskSpeed = Math.min(
    UNPACK_MOST_MB_PER_S,
    UNPACK_DISK_SHARE * (positive(offer.diskMbPerSecond) ?? UNKNOWN_DISK_MB_PER_S),
  );
  const pullS = image.compressedGb * downSPerGb + (image.unpackedGb * MB_PER_GB) / Math.max(1, diskSpeed);
  const prior = BARE_BOOT_S + pullS;
  const { boots, bootFailures, bootSecondsMedian } = facts;
  // Past boots had other images: they draw the estimate, they do not replace it.
  const seen = bootSecondsMedian === null ? 0 : Math.max(1, boots - bootFailures);
  const bootS = (PRIOR_BOOTS * prior + seen * (bootSecondsMedian ?? 0)) / (PRIOR_BOOTS + seen);
  const failureChance =
    (PRIOR_FAILURES + bootFailures) / (PRIOR_FAILURES + PRIOR_SUCCESSES + Math.max(boots, bootFailures));
  return {
    bootS,
    pullS,
    failureChance,
    expectedS: bootS + (failureChance / (1 - failureChance)) * GIVE_UP_S,
  };
}

/** Seconds that a GB takes over a line of so many advertised Mbit/s. */
export function secondsPerGb(advertisedMbit: number | null, { bandwidthShare }: HostFacts): number {
  const line = (positive(advertisedMbit) ?? UNKNOWN_MBIT) * (bandwidthShare ?? USUAL_BANDWIDTH_SHARE);
  return MBIT_PER_GB / Math.min(SOURCE_MOST_MBIT, line);
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
