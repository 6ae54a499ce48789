"""The state of an item after a poll: new, revised, republished, or known under a changed id. Pure."""
