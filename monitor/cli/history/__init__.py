"""Commands that look into the database: `stories`, `items` and `why`."""
