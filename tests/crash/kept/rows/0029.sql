-- A feed whose last response asked not to poll, and the intervals by which it was scheduled.
UPDATE feeds SET bounds = '3600 900 86400', fresh_until = '2026-01-12 09:30:00.000000', retry_at = '2026-01-12 08:45:00.000000' WHERE id = 2;
