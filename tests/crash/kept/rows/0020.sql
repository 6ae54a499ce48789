-- A candidate that was decided on, one that waits, and a fitted rule.
INSERT INTO rule_versions (id, topic, hash, rule, made_at) VALUES (2, 'cameras', 'r2', '{"query": "cameras"}', '2026-01-12 08:00:00.000000');
INSERT INTO candidates (topic, item_id, position, rule_version_id, points, matched, decided_at) VALUES ('cameras', 2, 1, 2, 9.5, TRUE, '2026-01-12 08:00:00.000000');
INSERT INTO candidates (topic, item_id) VALUES ('cameras', 4);
INSERT INTO fits (id, topic, written, rule_version_id, position, made_at) VALUES (1, 'cameras', 'r1', 2, 1, '2026-01-12 08:00:00.000000');
