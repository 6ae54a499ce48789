"""The state of a feed after a poll: its next due time, its redirects and its events. Pure."""
