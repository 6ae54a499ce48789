"""Commands that run the passes or prepare a run: `run`, `once`, `worker`, `demo`, `check`, `init` and `replay`."""
