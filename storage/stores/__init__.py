"""One store per subject: the statements that read and write its tables inside a transaction.

Stores contain no decisions; they return the frozen values of `storage.model`.
"""
