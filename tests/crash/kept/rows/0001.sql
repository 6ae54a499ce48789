-- Two feeds, one of which fails; a story of three items, told; one that waits; and what stands beside them.
INSERT INTO feeds (id, url, title, current_url, host, state, etag, interval_seconds, interval_reason, next_poll, last_poll, last_success, first_success, last_new, usual_gap_seconds, gaps, document_items, body_bytes, saved_bytes)
VALUES (1, 'https://harbour-courier.example/feed.xml', 'Harbour Courier', 'https://harbour-courier.example/feed.xml', 'harbour-courier.example:443', 'ok', '"v7"', 3600, 'as often as it publishes', '2026-01-12 09:00:00.000000', '2026-01-12 08:00:00.000000', '2026-01-12 08:00:00.000000', '2026-01-01 08:00:00.000000', '2026-01-12 08:00:00.000000', 5400, 14, 20, 8192, 40960);
INSERT INTO feeds (id, url, title, current_url, host, state, interval_seconds, next_poll, last_poll, last_success, first_success, failures, error_kind, last_error, failing_since)
VALUES (2, 'https://city-desk.example/rss', 'City Desk', 'https://city-desk.example/rss', 'city-desk.example:443', 'failing', 900, '2026-01-12 08:40:00.000000', '2026-01-12 08:10:00.000000', '2026-01-11 22:00:00.000000', '2026-01-01 08:00:00.000000', 5, 'http', 'HTTP 503', '2026-01-11 22:15:00.000000');
INSERT INTO feeds (id, url, title, current_url, host, subscribed, state, interval_seconds, next_poll)
VALUES (3, 'https://old-gazette.example/atom', 'Old Gazette', 'https://old-gazette.example/atom', 'old-gazette.example:443', FALSE, 'gone', 86400, '2026-01-13 08:00:00.000000');
INSERT INTO hosts (host, quiet_until) VALUES ('city-desk.example:443', '2026-01-12 08:35:00.000000');
INSERT INTO reports (id, subject, kind, since, feed_id, detail, noted_at, told_at)
VALUES (1, 'feed:2', 'feed.failing', '2026-01-11 22:15:00.000000', 2, 'HTTP 503', '2026-01-12 00:15:00.000000', '2026-01-12 00:16:00.000000');
INSERT INTO items (id, feed_id, content_hash, title_key, publisher_id, title, summary, content, url, author, language, published_at, first_seen, at_first_poll, revisions)
VALUES (1, 1, 'h1', 'old lighthouse to be painted', 'hc-1', 'Old lighthouse to be painted', 'The paint is white.', '', 'https://harbour-courier.example/1', 'J. Marlow', 'en', '2026-01-01 07:00:00.000000', '2026-01-01 08:00:00.000000', TRUE, 0);
INSERT INTO items (id, feed_id, content_hash, title_key, publisher_id, title, summary, content, url, language, published_at, first_seen, revisions)
VALUES (2, 1, 'h2', 'council votes on cameras at the quay', 'hc-2', 'Council votes on cameras at the quay', 'Eleven to four.', 'The council of Port Allard voted on Monday.', 'https://harbour-courier.example/2', 'en', '2026-01-10 09:00:00.000000', '2026-01-10 09:30:00.000000', 1);
INSERT INTO items (id, feed_id, content_hash, publisher_id, title, summary, content, url, first_seen)
VALUES (3, 2, 'h3', 'cd-3', 'Port Allard: cameras at the quay are approved', 'The vote was clear.', '', 'https://city-desk.example/3', '2026-01-10 10:00:00.000000');
INSERT INTO items (id, feed_id, content_hash, title, summary, content, first_seen)
VALUES (4, 1, 'h4', 'Cameras at the quay: a suit is filed', '', '', '2026-01-12 08:00:00.000000');
INSERT INTO identities (feed_id, key, item_id, first_seen) VALUES (1, 'id:hc-1', 1, '2026-01-01 08:00:00.000000');
INSERT INTO identities (feed_id, key, item_id, first_seen) VALUES (1, 'id:hc-2', 2, '2026-01-10 09:30:00.000000');
INSERT INTO identities (feed_id, key, item_id, first_seen) VALUES (2, 'id:cd-3', 3, '2026-01-10 10:00:00.000000');
INSERT INTO identities (feed_id, key, item_id, first_seen) VALUES (1, 'id:pruned', NULL, '2025-11-10 10:00:00.000000');
INSERT INTO readings (feed_id, stood) VALUES (1, :body);
INSERT INTO revisions (id, item_id, replaced_at, title, summary, content)
VALUES (1, 2, '2026-01-10 11:00:00.000000', 'Council to vote on cameras', 'Tonight.', '');
INSERT INTO to_match (item_id, since) VALUES (4, '2026-01-12 08:00:00.000000');
INSERT INTO rule_versions (id, topic, hash, rule, made_at) VALUES (1, 'cameras', 'r1', '{"query": "cameras AND quay"}', '2026-01-01 08:00:00.000000');
INSERT INTO stories (id, topic, title, url, first_seen, last_seen, sources, size)
VALUES (1, 'cameras', 'Council votes on cameras at the quay', 'https://harbour-courier.example/2', '2026-01-10 09:30:00.000000', '2026-01-10 10:00:00.000000', 2, 2);
INSERT INTO stories (id, topic, title, first_seen, last_seen, sources, size, due_at)
VALUES (2, 'cameras', 'Old lighthouse to be painted', '2026-01-01 08:00:00.000000', '2026-01-01 08:00:00.000000', 1, 1, '2026-01-12 08:02:00.000000');
INSERT INTO matches (id, item_id, topic, rule_version_id, score, why, matched_at, story_id, position)
VALUES (1, 1, 'cameras', 1, 0.61, '[{"term": "quay", "weight": 0.2, "where": "title"}]', '2026-01-01 08:00:01.000000', 2, 1);
INSERT INTO matches (id, item_id, topic, rule_version_id, score, why, matched_at, story_id, position)
VALUES (2, 2, 'cameras', 1, 1.0, '[{"term": "cameras", "weight": 0.7, "where": "title"}]', '2026-01-10 09:30:01.000000', 1, 2);
INSERT INTO matches (id, item_id, topic, rule_version_id, score, why, matched_at, story_id, position)
VALUES (3, 3, 'cameras', 1, 1.0, '[]', '2026-01-10 10:00:01.000000', 1, 3);
INSERT INTO messages (id, channel, kind, subject, body, html, thread, created_at)
VALUES ('msg_1', 'desk', 'story.new', '[cameras] Council votes on cameras at the quay (Harbour Courier)', :body, :body, 's1-0123456789ab', '2026-01-10 09:32:00.000000');
INSERT INTO messages (id, channel, kind, subject, body, created_at)
VALUES ('msg_2', 'hook', 'story.grew', '[cameras] Council votes on cameras at the quay (City Desk)', :body, '2026-01-10 10:01:00.000000');
INSERT INTO alerts (id, story_id, topic, reason, growth, channel, route, sources, decided_at, message_id)
VALUES (1, 1, 'cameras', 'new', 0, 'desk', 'alerts of * to desk, hook', 1, '2026-01-10 09:32:00.000000', 'msg_1');
INSERT INTO alerts (id, story_id, topic, reason, growth, channel, route, sources, decided_at, message_id)
VALUES (2, 1, 'cameras', 'grew', 1, 'hook', 'alerts of * to desk, hook', 2, '2026-01-10 10:01:00.000000', 'msg_2');
INSERT INTO alerts (id, story_id, topic, reason, growth, channel, route, sources, decided_at, held, held_until)
VALUES (3, 1, 'cameras', 'grew', 1, 'desk', 'alerts of * to desk, hook', 2, '2026-01-10 10:01:00.000000', 'quiet', '2026-01-12 07:00:00.000000');
INSERT INTO alert_matches (alert_id, match_id) VALUES (1, 2);
INSERT INTO alert_matches (alert_id, match_id) VALUES (2, 3);
INSERT INTO alert_matches (alert_id, match_id) VALUES (3, 3);
INSERT INTO silences (match_id, channel, reason, decided_at) VALUES (1, 'desk', 'first-poll', '2026-01-01 08:02:00.000000');
INSERT INTO deliveries (id, message_id, channel, recipient, state, attempts, first_try, created_at, finished_at)
VALUES ('dlv_1', 'msg_1', 'desk', 'desk@news.example', 'sent', 1, '2026-01-10 09:32:01.000000', '2026-01-10 09:32:00.000000', '2026-01-10 09:32:02.000000');
INSERT INTO deliveries (id, message_id, channel, recipient, state, attempts, next_at, first_try, last_error, created_at)
VALUES ('dlv_2', 'msg_2', 'hook', 'hook', 'pending', 2, '2026-01-12 09:00:00.000000', '2026-01-10 10:01:01.000000', 'HTTP 502', '2026-01-10 10:01:00.000000');
INSERT INTO attempts (id, delivery_id, number, at, outcome, code, text) VALUES (1, 'dlv_1', 1, '2026-01-10 09:32:02.000000', 'accepted', 250, '2.0.0 Ok');
INSERT INTO attempts (id, delivery_id, number, at, outcome, code, text) VALUES (2, 'dlv_2', 1, '2026-01-10 10:01:02.000000', 'deferred', 502, 'HTTP 502');
INSERT INTO digests (route, next_at, told_until) VALUES ('digest of * to desk', '2026-01-13 07:00:00.000000', '2026-01-10 09:45:00.000000');
