"""Actions on topics: learn, mark, apply, suggest, import and write rules."""
