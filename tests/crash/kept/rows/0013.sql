-- A digest that told a second topic.
INSERT INTO digested (route, topic, position) VALUES ('digest of * to desk', 'ports', 4);
