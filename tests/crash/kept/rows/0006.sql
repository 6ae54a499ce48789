-- An outage that an alert names, the reasons for which it is held, and a mute.
INSERT INTO items (id, feed_id, content_hash, title, summary, content, first_seen, gap_since)
VALUES (5, 2, 'h5', 'Quay cameras: what the outage hid', '', '', '2026-01-11 21:00:00.000000', '2026-01-11 10:00:00.000000');
INSERT INTO alerts (id, story_id, topic, reason, growth, channel, route, sources, decided_at, held, growth_news, gap_since)
VALUES (4, 2, 'cameras', 'new', 0, 'desk', 'alerts of * to desk, hook', 1, '2026-01-11 21:00:00.000000', 'digest', '{"outlets": ["City Desk"], "terms": []}', '2026-01-11 10:00:00.000000');
INSERT INTO holdings (alert_id, reason, since, until) VALUES (3, 'quiet', '2026-01-10 10:01:00.000000', '2026-01-12 07:00:00.000000');
INSERT INTO holdings (alert_id, reason, since) VALUES (4, 'cap', '2026-01-11 21:00:00.000000');
INSERT INTO mutes (id, kind, target, since, until) VALUES (1, 'topic', 'cameras', '2026-01-11 20:00:00.000000', '2026-01-11 22:00:00.000000');
