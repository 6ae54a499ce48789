"""Workers on PostgreSQL: the same passes, called by Procrastinate jobs on any number of machines."""
