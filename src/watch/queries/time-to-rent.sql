-- Hours from the first sight of an offer as not rented to its first sight as rented, up to 48.
-- Naive on purpose: what was rented when first seen, or never was, is left out, so the figures lean short.
WITH first_seen AS (
  SELECT
    offer_id,
    MIN(CASE WHEN rented = 0 THEN ts END) AS ts_avail,
    MIN(CASE WHEN rented = 1 THEN ts END) AS ts_rented
  FROM offers_raw
  GROUP BY offer_id
),
waits AS (
  SELECT
    offer_id,
    ts_avail,
    ts_rented,
    (JULIANDAY(ts_rented) - JULIANDAY(ts_avail)) * 24.0 AS hours_to_rent
  FROM first_seen
  WHERE ts_rented > ts_avail
)
SELECT offer_id, ts_avail, ts_rented, hours_to_rent
FROM waits
WHERE hours_to_rent <= 48
ORDER BY hours_to_rent, offer_id;
