-- A worker that held a host.
INSERT INTO claims (name, holder, token, taken_at, until) VALUES ('host:city-desk.example:443', 'worker-2', 'token', '2026-01-12 08:10:00.000000', '2026-01-12 08:12:00.000000');
