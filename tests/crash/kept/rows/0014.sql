-- A signed-in browser, a program's token, a key, and a visit.
INSERT INTO sessions (id, token_hash, name, role, source, proof, created_at, until) VALUES (1, 'hash-1', 'owner', 'owner', 'link', 'proof', '2026-01-11 08:00:00.000000', '2026-02-10 08:00:00.000000');
INSERT INTO access_tokens (name, token_hash, role, created_at, last_used_at) VALUES ('newsroom', 'hash-2', 'reader', '2026-01-11 08:00:00.000000', '2026-01-12 08:00:00.000000');
INSERT INTO keys (name, value, created_at) VALUES ('links', 'a2V5', '2026-01-11 08:00:00.000000');
INSERT INTO visits (name, last_at, before_at) VALUES ('owner', '2026-01-12 08:00:00.000000', '2026-01-11 08:00:00.000000');
