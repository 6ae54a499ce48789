-- A story that was merged into another.
INSERT INTO stories (id, topic, title, first_seen, last_seen, sources, size, continues, merged_into)
VALUES (3, 'cameras', 'Port Allard: cameras', '2026-01-10 10:00:00.000000', '2026-01-10 10:00:00.000000', 1, 0, 2, 1);
INSERT INTO corrections (id, topic, kind, story_id, into_id, position, made_at) VALUES (1, 'cameras', 'merge', 3, 1, 3, '2026-01-10 12:00:00.000000');
INSERT INTO corrected_matches (correction_id, match_id) VALUES (1, 3);
