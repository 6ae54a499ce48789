"""`storywatch pages`: serve the pages alone, and let people and programs in."""
