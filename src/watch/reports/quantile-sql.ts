// Exact quantiles of prices over spans: every price counts once for each poll in which it was seen, as if the
// raw rows were there, and the interpolation is that of QUANTILE_CONT.

/** 0.1 → `p10`, 0.5 → `median`. */
export function quantileName(q: number): string {
  return q === 0.5 ? 'median' : `p${Math.round(q * 100)}`;
}

/**
 * `sizes(k, seen, n)`: the weight of each key, and that of it which has a price, with what `more` adds up; and
 * `ranked(k, p, c0, cw, n)`: the prices of each key with the ranks [c0, cw) that they take among its `n`. `from`
 * is a relation with an integer key `k`, a price `p` and a weight `w`; one key and plain columns sort several
 * times as fast as the groups' own names would.
 */
export function rankedPricesSql(from: string, more = ''): string {
  return `sizes AS (SELECT k, sum(w) AS seen, sum(w) FILTER (WHERE p IS NOT NULL) AS n${more} FROM ${from} GROUP BY k),
  ranked AS (SELECT c.k, p, cw - w AS c0, cw, n FROM (
      SELECT k, p, w, sum(w) OVER (PARTITION BY k ORDER BY p ROWS UNBOUNDED PRECEDING) AS cw
      FROM ${from} WHERE p IS NOT NULL) c JOIN sizes ON sizes.k = c.k)`;
}

/** Only rows of `ranked` that some of the quantiles can fall on: most need not be looked at again. */
export function nearQuantilesSql(quantiles: readonly number[]): string {
  return quantiles.map((q) => `(c0 <= ${rankSql(q)} + 1 AND cw > ${rankSql(q)})`).join(' OR ');
}

/** Quantile `q` of one key's rows of `ranked`, as an aggregate; rows where `condition` is false are not there. */
export function quantileSql(q: number, condition = 'true'): string {
  // The value at a rank is the smallest price whose ranks end after it.
  const low = `min(p) FILTER (WHERE ${condition} AND cw > ${rankSql(q)})`;
  const high = `min(p) FILTER (WHERE ${condition} AND cw > ${rankSql(q)} + 1)`;
  const fraction = `max((n - 1) * ${q}::DOUBLE - ${rankSql(q)}) FILTER (WHERE ${condition})`;
  return `(${low} + (coalesce(${high}, ${low}) - ${low}) * ${fraction})`;
}

function rankSql(q: number): string {
  return `floor((n - 1) * ${q}::DOUBLE)`;
}
