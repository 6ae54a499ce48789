"""Commands that describe the commands: `manual` and `completion`."""
