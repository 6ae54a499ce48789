"""Rules that every request must pass before a page sees it: pure functions and small middleware."""
