"""What drives the passes of one process: ticks, work that repeats, and the passes that need no network."""
