"""Links in messages: signed tokens that let a reader respond without signing in, and the addresses of stories."""
