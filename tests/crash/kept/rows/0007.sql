-- A mark, and a match of an item that was there before the topic.
INSERT INTO marks (id, topic, item_id, verdict, title, summary, content, marked_at, rule_before, rule_after)
VALUES (1, 'cameras', 3, 'yes', 'Port Allard: cameras at the quay are approved', 'The vote was clear.', '', '2026-01-10 12:00:00.000000', 'r1', 'r1');
INSERT INTO matches (id, item_id, topic, rule_version_id, score, why, matched_at, before_topic)
VALUES (4, 5, 'cameras', 1, 0.9, '[]', '2026-01-11 21:00:01.000000', TRUE);
