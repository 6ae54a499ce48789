-- Items whose outlet is known, one article by two feeds, and a text that another carries word for word.
UPDATE feeds SET home = 'https://harbour-courier.example/' WHERE id = 1;
INSERT INTO items (id, feed_id, content_hash, title, summary, content, url, first_seen, outlet, source_name, article_link, same_as)
VALUES (6, 1, 'h6', 'Quay cameras: the council answers', 'In a letter.', '', 'https://harbour-courier.example/6', '2026-01-12 08:00:00.000000', 'harbour-courier.example', 'Harbour Courier', 'harbour-courier.example/6', NULL);
INSERT INTO items (id, feed_id, content_hash, title, summary, content, url, first_seen, outlet, article_link, same_as)
VALUES (7, 2, 'h7', 'Quay cameras: the council answers', 'In a letter.', '', 'https://harbour-courier.example/6', '2026-01-12 08:05:00.000000', 'harbour-courier.example', 'harbour-courier.example/6', 6);
INSERT INTO matches (id, item_id, topic, rule_version_id, score, why, matched_at, story_id, position, article_id, text_of)
VALUES (5, 6, 'cameras', 1, 1.0, '[]', '2026-01-12 08:00:01.000000', 1, 5, 6, 2);
UPDATE stories SET copies = 2 WHERE id = 1;
