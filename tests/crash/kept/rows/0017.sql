-- A sitemap index with a child, and the head of a page.
INSERT INTO feeds (id, url, title, current_url, host, state, interval_seconds, next_poll, first_success, kind, changed_at)
VALUES (4, 'https://meridian.example/sitemaps.xml', 'Meridian', 'https://meridian.example/sitemaps.xml', 'meridian.example:443', 'ok', 3600, '2026-01-12 09:00:00.000000', '2026-01-11 08:00:00.000000', 'sitemap-index', '2026-01-12 07:00:00.000000');
INSERT INTO feeds (id, url, title, current_url, host, subscribed, state, interval_seconds, next_poll, kind, parent_id)
VALUES (5, 'https://meridian.example/news.xml', 'Meridian', 'https://meridian.example/news.xml', 'meridian.example:443', FALSE, 'ok', 3600, '2026-01-12 09:00:00.000000', 'news-sitemap', 4);
INSERT INTO page_heads (item_id, url, wanted_at, asked_at, done_at, description) VALUES (4, 'https://harbour-courier.example/4', '2026-01-12 08:00:00.000000', '2026-01-12 08:00:01.000000', '2026-01-12 08:00:02.000000', 'Two residents of the quay sue.');
