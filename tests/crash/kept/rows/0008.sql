-- A feed that gave its items new ids.
UPDATE feeds SET renamed_polls = 2 WHERE id = 3;
