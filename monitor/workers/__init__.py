"""Workers: the same passes over one ledger on PostgreSQL, called by Procrastinate on as many machines as one likes."""
