-- A channel in trouble, and an attempt with the receiver's answer.
INSERT INTO channel_troubles (channel, since, failures, probe_at, error) VALUES ('hook', '2026-01-10 10:06:00.000000', 2, '2026-01-12 09:00:00.000000', 'HTTP 502');
INSERT INTO attempts (id, delivery_id, number, at, outcome, code, text, reply) VALUES (3, 'dlv_2', 2, '2026-01-10 10:06:02.000000', 'deferred', 502, 'HTTP 502', 'bad gateway');
