-- A delivery whose last bytes had been announced when the process ended.
INSERT INTO messages (id, channel, kind, subject, body, created_at)
VALUES ('msg_3', 'desk', 'digest', 'Your stories: 1 story', :body, '2026-01-11 07:00:00.000000');
INSERT INTO deliveries (id, message_id, channel, recipient, state, attempts, next_at, lease_token, lease_until, lease_owner, announced_at, created_at)
VALUES ('dlv_3', 'msg_3', 'desk', 'desk@news.example', 'leased', 1, '2026-01-11 07:00:00.000000', 'token', '2026-01-11 07:05:00.000000', 'daemon-1', '2026-01-11 07:00:01.000000', '2026-01-11 07:00:00.000000');
INSERT INTO attempts (id, delivery_id, number, at, outcome, text, phase) VALUES (4, 'dlv_2', 3, '2026-01-10 10:36:02.000000', 'unknown', 'the connection was lost', 'data');
