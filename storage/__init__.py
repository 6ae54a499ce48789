"""The database that every pass reads from and writes to, and the values stored in it.

`database` opens it, `ledger` gives one transaction with all stores. All SQL is in this package.
Nothing here knows how feeds are fetched, how topics judge, or how channels send.
"""
