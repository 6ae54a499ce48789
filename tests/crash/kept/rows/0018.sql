-- A link that was used, and a recipient who unsubscribed.
INSERT INTO link_uses (token, action, target, topics, channel, done_at, undone_at, told_at) VALUES ('sig', 'mute', 's1', '["cameras"]', 'desk', '2026-01-11 09:00:00.000000', '2026-01-11 09:05:00.000000', NULL);
INSERT INTO recipient_mutes (id, channel, recipient, topic, since, until) VALUES (1, 'desk', 'night@news.example', 'cameras', '2026-01-11 09:00:00.000000', NULL);
INSERT INTO messages (id, channel, kind, subject, body, created_at, buttons) VALUES ('msg_4', 'phone', 'story.new', 'A story', :body, '2026-01-12 08:00:00.000000', '[{"label": "Yes", "url": "https://watch.example/y", "posts": true}]');
INSERT INTO deliveries (id, message_id, channel, recipient, state, attempts, created_at, finished_at, last_error, unsubscribe) VALUES ('dlv_4', 'msg_4', 'phone', 'phone', 'dead', 9, '2026-01-12 08:00:00.000000', '2026-01-12 08:10:00.000000', 'HTTP 404', 'https://watch.example/u');
