-- A control feed, and the feeds of an outlet that were looked for.
UPDATE feeds SET control = TRUE WHERE id = 4;
INSERT INTO outlet_feeds (outlet, looked_at, urls) VALUES ('meridian.example', '2026-01-12 08:00:00.000000', 'https://meridian.example/feed');
