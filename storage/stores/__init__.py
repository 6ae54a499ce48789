"""One store per subject: the statements that read and write its tables inside a transaction.

Stores decide nothing; they return the frozen values of `storage.model`.
"""
