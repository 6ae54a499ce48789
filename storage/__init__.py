"""The ledger: the database that every pass reads from and writes to, and the values that stand in it."""
