"""Commands that run the passes or prepare for it: `run`, `once`, `worker`, `demo`, `check`, `init` and `replay`."""
