// What finishing on one offer takes and costs, in expectation, with every part of it.
import type { Offer } from '../../../net/vast/index.ts';
import { type BootTime, bootTime, secondsPerGb } from './boot-time.ts';
import { expectedWork, planWork, type WorkTime } from './checkpoint.ts';
import type { CompleteNeed } from './complete-need.ts';
import { finishChance } from './finish-chance.ts';
import { hazardPerHour } from './hazard.ts';
import type { HostFacts } from './host-facts.ts';
import type { RentalType } from './need.ts';
import type { Speed } from './speed.ts';

/** Dollars. */
export interface CostParts {
  /** While running: computing, copying in and out, and what is computed again after interruptions. */
  readonly gpuUsd: number;
  /** Disk while running. */
  readonly diskUsd: number;
  /** Disk while booting, and between an interruption and the next boot. */
  readonly idleDiskUsd: number;
  readonly downloadUsd: number;
  readonly uploadUsd: number;
}

/** One offer, rented one way. Money is expected dollars, times are seconds, chances are 0 to 1. */
export interface Estimate {
  readonly type: RentalType;
  /** Null for on-demand. You pay what you bid, as far as is known. */
  readonly bidPerHour: number | null;
  /** GPUs and disk while running. */
  readonly pricePerHour: number;
  readonly gpuPricePerHour: number;
  readonly diskPricePerHour: number;
  /** Null where what is wanted takes as long on every machine. */
  readonly speed: Speed | null;
  readonly bootS: number;
  readonly pullS: number;
  readonly bootFailureChance: number;
  readonly dataInS: number;
  readonly dataOutS: number;
  /** Working, checkpoints and restarts included; the asked time for a box. */
  readonly workS: number;
  readonly interruptionsPerHour: number;
  readonly interruptionsExpected: number;
  readonly interruptionChance: number;
  readonly restartS: number;
  /** Null where none are written. */
  readonly checkpointIntervalS: number | null;
  /** From the create to the results being here. */
  readonly expectedS: number;
  /** Of ending by the deadline; 1 where none is asked. */
  readonly finishChance: number;
  readonly cost: CostParts;
  readonly expectedUsd: number;
}

/** What is the same for an offer however it is paid. */
export interface Prepared {
  readonly offer: Offer;
  readonly need: CompleteNeed;
  readonly facts: HostFacts;
  readonly speed: Speed | undefined;
  readonly boot: BootTime;
  readonly dataInS: number;
  readonly dataOutS: number;
  readonly checkpointDownS: number;
  readonly checkpointUpS: number;
  /** Seconds from now to the deadline; infinite where none is asked. */
  readonly availableS: number;
}

export interface Terms {
  readonly offer: Offer;
  readonly need: CompleteNeed;
  readonly facts: HostFacts;
  readonly speed: Speed | undefined;
  readonly nowMs: number;
}

export function prepare({ offer, need, facts, speed, nowMs }: Terms): Prepared {
  const checkpointGb = need.checkpoint?.sizeGb ?? 0;
  const downSPerGb = secondsPerGb(offer.downloadMbitPerSecond, facts);
  const upSPerGb = secondsPerGb(offer.uploadMbitPerSecond, facts);
  return {
    offer,
    need,
    facts,
    speed,
    boot: bootTime({ offer, facts, image: need.image, downSPerGb }),
    dataInS: need.dataInGb * downSPerGb,
    dataOutS: need.dataOutGb * upSPerGb,
    checkpointDownS: checkpointGb * downSPerGb,
    checkpointUpS: checkpointGb * upSPerGb,
    availableS: need.deadlineMs === null ? Number.POSITIVE_INFINITY : (need.deadlineMs - nowMs) / 1_000,
  };
}

/** One way to pay for it: GPUs in dollars an hour, and the bid's distance to the lowest that wins. */
export interface Rate {
  readonly type: RentalType;
  readonly gpuPricePerHour: number;
  readonly bidRatio: number | null;
}

/** Until somebody has seen that the machine is gone and has decided what to do. */
const NOTICE_S = 60;
const HOURS_A_MONTH = 720;
/** Checkpoints that cost nothing would be written without end. */
const LEAST_INTERVAL_S = 60;

/**
 * Of how long a job may take at most nobody knows how much it takes, nor what it keeps by itself: no more than a day is taken
 * to be lost at once.
 */
const MOST_LOST_S = 86_400;

/** Expected seconds after which work is taken to have no end: 400 days. */
export const LONGEST_S = 400 * 86_400;

export function diskPricePerHour(offer: Offer, need: CompleteNeed): number {
  // What the service asks at most, of an offer that does not say.
  return ((offer.storagePricePerGbMonth ?? 1) * need.diskGb) / HOURS_A_MONTH;
}

/** Infinite times and costs mean that the work is not expected to end there. Work needs a speed. */
export function estimate(prepared: Prepared, rate: Rate): Estimate {
  const { offer, need, facts, speed, boot, dataInS, dataOutS, availableS } = prepared;
  const { purpose, checkpoint } = need;
  const perHour = hazardPerHour({ bidRatio: rate.bidRatio, reliability: offer.reliability }, facts);
  const idleRestartS = NOTICE_S + boot.expectedS;
  const restartS = idleRestartS + dataInS + prepared.checkpointDownS;

  let time: WorkTime;
  let intervalS: number | null = null;
  let speedVariance = 0;
  if (purpose.kind === 'box') {
    // Copying happens within the asked time; what was lost is asked for anew by whoever sits there.
    time = { ...NO_WORK, expectedS: purpose.hours * 3_600 };
  } else {
    const { ratio, sigma } = purpose.kind === 'work' && speed ? speed : { ratio: 1, sigma: 0 };
    const hours = purpose.kind === 'work' ? purpose.referenceHours : purpose.hours;
    // The mean of 1/v for a log-normal v is above 1 by its median: e^{σ²/2}.
    const workS = (hours * 3_600 * Math.exp(sigma ** 2 / 2)) / ratio;
    const plan = { workS, ratePerS: perHour / 3_600, restartS, costS: checkpoint?.costS ?? 0 };
    if (checkpoint === null) {
      const mostLostS = purpose.kind === 'work' ? workS : Math.min(workS, MOST_LOST_S);
      time = expectedWork({ ...plan, intervalS: mostLostS });
    } else if (checkpoint.intervalS === undefined) {
      // None is begun before the one before it has left the machine.
      ({ time, intervalS } = planWork(plan, Math.max(LEAST_INTERVAL_S, prepared.checkpointUpS)));
    } else {
      intervalS = checkpoint.intervalS;
      time = expectedWork({ ...plan, intervalS });
    }
    speedVariance = time.expectedS ** 2 * Math.expm1(sigma ** 2);
  }
  const checkpointGb = checkpoint?.sizeGb ?? 0;
  const copyS = purpose.kind === 'box' ? 0 : dataInS + dataOutS;
  const expectedS = boot.expectedS + copyS + time.expectedS;
  const idleS = boot.expectedS + (time.restartingS * idleRestartS) / restartS;
  const runningHours = (expectedS - idleS) / 3_600;
  const diskPrice = diskPricePerHour(offer, need);
  const downGb = need.dataInGb + time.interruptions * (need.dataInGb + checkpointGb);
  const upGb = need.dataOutGb + time.checkpoints * checkpointGb;
  const cost: CostParts = {
    gpuUsd: rate.gpuPricePerHour * runningHours,
    diskUsd: diskPrice * runningHours,
    idleDiskUsd: (diskPrice * idleS) / 3_600,
    downloadUsd: times(downGb, offer.downloadPricePerGb),
    uploadUsd: times(upGb, offer.uploadPricePerGb),
  };
  const isEndless = !(expectedS < LONGEST_S);
  return {
    type: rate.type,
    bidPerHour: rate.bidRatio === null ? null : rate.gpuPricePerHour,
    pricePerHour: rate.gpuPricePerHour + diskPrice,
    gpuPricePerHour: rate.gpuPricePerHour,
    diskPricePerHour: diskPrice,
    speed: speed ?? null,
    bootS: boot.bootS,
    pullS: boot.pullS,
    bootFailureChance: boot.failureChance,
    dataInS,
    dataOutS,
    workS: time.expectedS,
    interruptionsPerHour: perHour,
    interruptionsExpected: time.interruptions,
    interruptionChance: -Math.expm1(
      -perHour * Math.max(0, isEndless ? Number.POSITIVE_INFINITY : runningHours),
    ),
    restartS,
    checkpointIntervalS: time.checkpoints === 0 ? null : intervalS,
    expectedS: isEndless ? Number.POSITIVE_INFINITY : expectedS,
    finishChance:
      need.deadlineMs === null
        ? 1
        : finishChance({
            meanS: time.expectedS,
            varianceS2: time.varianceS2 + speedVariance,
            availableS: availableS - boot.expectedS - copyS,
          }),
    cost,
    expectedUsd: isEndless
      ? Number.POSITIVE_INFINITY
      : cost.gpuUsd + cost.diskUsd + cost.idleDiskUsd + cost.downloadUsd + cost.uploadUsd,
  };
}

const NO_WORK: WorkTime = { expectedS: 0, varianceS2: 0, restartingS: 0, interruptions: 0, checkpoints: 0 };

/** Nothing copied costs nothing, also where the price is not known or the amount has no end. */
function times(gb: number, pricePerGb: number | null): number {
  return gb === 0 ? 0 : gb * (pricePerGb ?? UNKNOWN_PRICE_PER_GB);
}

/** The dearest tenth of the market of 2024-11-05. */
const UNKNOWN_PRICE_PER_GB = 0.01;
