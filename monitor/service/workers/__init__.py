"""Workers on PostgreSQL: the same passes, run by Procrastinate jobs on any number of machines."""
