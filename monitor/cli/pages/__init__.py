"""`storywatch pages`: serve the pages alone, and give people and programs access."""
