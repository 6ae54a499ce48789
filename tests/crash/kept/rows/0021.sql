-- A hub that pushes, and a push that waits.
INSERT INTO hub_offers (feed_id, hub, topic) VALUES (1, 'https://hub.example/', 'https://harbour-courier.example/feed.xml');
INSERT INTO hub_subscriptions (path, feed_id, hub, topic, pages, secret, state, lease_until, next_at, attempts, trusted, last_push, counted_from, counted)
VALUES ('path-1', 1, 'https://hub.example/', 'https://harbour-courier.example/feed.xml', 'https://watch.example', 'secret', 'active', '2026-01-19 08:00:00.000000', '2026-01-18 08:00:00.000000', 0, TRUE, '2026-01-12 08:00:00.000000', '2026-01-12 08:00:00.000000', 3);
INSERT INTO pushes (feed_id, topic, body, content_type, received_at) VALUES (1, 'https://harbour-courier.example/feed.xml', :body, 'application/rss+xml', '2026-01-12 08:00:00.000000');
