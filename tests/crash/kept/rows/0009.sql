-- A page that was read, and one that waits.
INSERT INTO page_texts (item_id, url, wanted_at, done_at, text) VALUES (2, 'https://harbour-courier.example/2', '2026-01-10 09:30:02.000000', '2026-01-10 09:30:04.000000', 'The council of Port Allard voted on Monday, eleven to four.');
INSERT INTO page_texts (item_id, url, wanted_at, error) VALUES (3, 'https://city-desk.example/3', '2026-01-10 10:00:02.000000', 'HTTP 503');
