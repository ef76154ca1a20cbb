// Price bands: the bounds that people give, or the deciles of what was seen.
import { ReportOptionError } from './report.ts';

/** Ascending bounds in $/h; band i holds prices from bounds[i - 1] up to, not including, bounds[i]. */
export type PriceBands =
  | { readonly kind: 'deciles' }
  | { readonly kind: 'bounds'; readonly bounds: readonly number[] };

export function parseBands(text: string): PriceBands {
  if (text.trim().toLowerCase() === 'deciles') return { kind: 'deciles' };
  const bounds = text.split(',').map((part) => Number(part.trim().replace(/^\$/, '') || Number.NaN));
  const ascending = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] as number));
  if (!ascending || !bounds.every((bound) => Number.isFinite(bound) && bound > 0)) {
    throw new ReportOptionError(
      'bands',
      `--bands "${text}" is not a rising list of prices in $/h, for example 0.2,0.5,1,2, or deciles`,
    );
  }
  return { kind: 'bounds', bounds };
}

/** `<0.2`, `0.2-0.5`, `>=2`; a price that is not known is in the band `unknown`. */
export function bandSql(price: string, bounds: readonly number[]): string {
  if (bounds.length === 0) return `CASE WHEN ${price} IS NULL THEN 'unknown' ELSE 'all' END`;
  const cases = bandLabels(bounds).map((label, at) =>
    at < bounds.length
      ? `WHEN ${price} < ${sqlNumber(bounds[at] as number)} THEN '${label}'`
      : `ELSE '${label}'`,
  );
  return `CASE WHEN ${price} IS NULL THEN 'unknown' ${cases.join(' ')} END`;
}

/** Cheapest first: the order in which bands are listed. */
export function bandLabels(bounds: readonly number[]): string[] {
  const shown = bounds.map((bound) => String(Number(bound.toPrecision(6))));
  return [
    `<${shown[0]}`,
    ...shown.slice(1).map((bound, at) => `${shown[at]}-${bound}`),
    `>=${shown[shown.length - 1]}`,
  ];
}

/** A double as SQL reads it back to the last bit: with an exponent, so that it is not taken for a DECIMAL. */
function sqlNumber(value: number): string {
  return value.toExponential();
}
