"""The demo: the real daemon on a small web of invented feeds, served on loopback."""
