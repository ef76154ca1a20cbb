-- Share of the offers of whole GPUs that the API flags as rented in the newest poll, by GPU name.
-- An offer that does not say its fraction is taken for whole.
SELECT
  gpu_name,
  ROUND(100.0 * SUM(CASE WHEN rented = 1 THEN 1 ELSE 0 END) / COUNT(*), 1) AS util_pct
FROM offers_raw
WHERE COALESCE(gpu_frac, 1.0) >= 0.999
  AND ts = (SELECT MAX(ts) FROM offers_raw)
GROUP BY gpu_name
ORDER BY util_pct DESC, gpu_name;
