"""Learnt rules as values and as the TOML file that a person reads and edits."""
