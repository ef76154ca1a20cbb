// What it may cost an hour.
import { formatUsd } from '../../../base/std/index.ts';
import type { Quote } from './candidate.ts';
import type { CompleteNeed } from './complete-need.ts';
import type { PriceConstraint } from './constraint.ts';
import { least, upToCents } from './relax-words.ts';

export function priceConstraints(need: CompleteNeed): readonly PriceConstraint[] {
  const { maxPricePerHour, maxPricePerGpuHour } = need;
  // What has no price fails `price-known` alone.
  const hourly = ({ pricePerHour }: Quote) => pricePerHour ?? 0;
  const hourlyPerGpu = (offered: Quote) => hourly(offered) / (offered.offer.numGpus ?? 1);
  const rows: PriceConstraint[] = [
    {
      name: 'price-known',
      accepts: ({ pricePerHour }) => pricePerHour !== null,
      sentence: 'have no price',
      relax: () => 'ask for another rental type',
    },
  ];
  if (maxPricePerHour !== null) {
    rows.push({
      name: 'price',
      accepts: (offered) => hourly(offered) <= maxPricePerHour,
      sentence: `cost more than ${formatUsd(maxPricePerHour)} an hour`,
      relax: (opened) => `pay ${upToCents(least(opened, hourly))} an hour`,
    });
  }
  if (maxPricePerGpuHour !== null) {
    rows.push({
      name: 'gpu-price',
      accepts: (offered) => hourlyPerGpu(offered) <= maxPricePerGpuHour,
      sentence: `cost more than ${formatUsd(maxPricePerGpuHour)} a GPU and hour`,
      relax: (opened) => `pay ${upToCents(least(opened, hourlyPerGpu))} a GPU and hour`,
    });
  }
  return rows;
}
