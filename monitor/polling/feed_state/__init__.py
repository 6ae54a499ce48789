"""What a poll means for a feed: its state, its next due time, its redirects and its events. Pure."""
