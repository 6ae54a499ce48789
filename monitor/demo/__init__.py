"""The demo: the real daemon on invented feeds, served on loopback."""
