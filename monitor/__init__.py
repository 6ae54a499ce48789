"""Polling, matching and grouping: everything from a feed's address to a story, and whatever drives the passes."""
