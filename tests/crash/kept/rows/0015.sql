-- An event that waits for the message of the day.
INSERT INTO reports (id, subject, kind, since, feed_id, detail, noted_at, told_at, daily) VALUES (2, 'feed:3', 'feed.gone', '2026-01-11 22:00:00.000000', 3, 'HTTP 410', '2026-01-11 22:00:00.000000', '2026-01-11 22:01:00.000000', TRUE);
