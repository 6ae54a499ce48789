-- An item of a first poll that waits for matching.
INSERT INTO to_match (item_id, since, backlog) VALUES (1, '2026-01-12 08:00:00.000000', true);
