"""Commands that show stored items and stories: `stories`, `items` and `why`."""
