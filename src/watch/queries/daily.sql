-- Daily aggregates of every GPU name, location and rental type, into agg_gpu_daily.
-- An offer counts once for each poll that saw it. `rented` is the API's own flag, which tells about the
-- account that searched; days are UTC.
INSERT INTO agg_gpu_daily
SELECT
  DATE(ts)                                    AS date,
  gpu_name,
  geolocation,
  COALESCE(type, 'any')                       AS type,
  COUNT(*) FILTER (WHERE rented = 1)          AS rented_offers,
  COUNT(*) FILTER (WHERE rented = 0)          AS available_offers,
  ROUND(100.0 * CAST(COUNT(*) FILTER (WHERE rented = 1) AS FLOAT) / NULLIF(COUNT(*), 0), 2)
                                              AS utilization_pct,
  MEDIAN(dph_total_usd) FILTER (WHERE rented = 1)              AS median_price_rented,
  MEDIAN(dph_total_usd) FILTER (WHERE rented = 0)              AS median_price_avail,
  QUANTILE_CONT(dph_total_usd, 0.10) FILTER (WHERE rented = 0) AS p10_price_avail,
  QUANTILE_CONT(dph_total_usd, 0.90) FILTER (WHERE rented = 0) AS p90_price_avail
FROM offers_raw
GROUP BY 1, 2, 3, 4;
