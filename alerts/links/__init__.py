"""Links in messages by which a reader answers without signing in: signed tokens, and the addresses of a story."""
