// Money as integer micro-dollars: sums are exact, and one function rounds.

/** Millionths of a US dollar, an integer. */
export type MicroUsd = number & { readonly __unit: 'micro-usd' };

/** Rounds half away from zero to the nearest micro-dollar; throws on NaN and infinities. */
export function microUsd(usd: number): MicroUsd {
  if (!Number.isFinite(usd)) throw new RangeError(`${usd} is not an amount of money`);
  // Plus zero, so that a tiny negative amount is 0 and not -0.
  return (Math.sign(usd) * Math.round(Math.abs(usd) * 1e6) + 0) as MicroUsd;
}

export function usd(amount: MicroUsd): number {
  return amount / 1e6;
}

/** `$1.23`; hourly prices under a dollar with more places: `$0.0187`. */
export function formatUsd(dollars: number): string {
  const places = Math.abs(dollars) >= 1 || dollars === 0 ? 2 : Math.abs(dollars) >= 0.1 ? 3 : 4;
  return `${dollars < 0 ? '-' : ''}$${Math.abs(dollars).toFixed(places)}`;
}
