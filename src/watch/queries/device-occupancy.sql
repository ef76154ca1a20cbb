-- Hours that each offer was flagged as rented between :since and :until (ISO 8601, like ts), and its share.
-- A sight lasts until the offer's next sight, over whatever hole; the last one for :poll_interval, written
-- like '+360 seconds'. Times are compared as text: datetime() gives a blank where ts has a T, so the last
-- sight is cut at :until only when it would last into a later day.
WITH sights AS (
  SELECT
    offer_id, machine_id, gpu_name, rented, ts,
    LEAD(ts) OVER (PARTITION BY offer_id ORDER BY ts) AS next_ts
  FROM offers_raw
  WHERE ts BETWEEN :since AND :until
),
bounds AS (
  SELECT
    offer_id, machine_id, gpu_name, rented,
    replace(MAX(:since, ts), 'T', ' ') AS began,
    replace(MIN(:until, COALESCE(next_ts, datetime(ts, :poll_interval))), 'T', ' ') AS ended
  FROM sights
),
lasting AS (
  SELECT
    offer_id, machine_id, gpu_name, rented,
    (julianday(ended) - julianday(began)) * 24.0 AS hours
  FROM bounds
),
devices AS (
  SELECT
    offer_id, machine_id, gpu_name,
    SUM(hours) AS total,
    SUM(CASE WHEN rented = 1 THEN hours ELSE 0 END) AS flagged
  FROM lasting
  GROUP BY offer_id, machine_id, gpu_name
)
SELECT
  offer_id,
  machine_id,
  gpu_name,
  ROUND(100.0 * flagged / NULLIF(total, 0), 2) AS rented_pct,
  ROUND(flagged, 3) AS rented_hours,
  ROUND(total, 3) AS total_hours
FROM devices
WHERE total > 0
ORDER BY rented_pct DESC, rented_hours DESC, offer_id;
