"""The database that every pass reads from and writes to, and the values stored in it.

`database` opens it, `ledger` gives one transaction with all stores. SQL stands in this package and nowhere else.
Nothing here knows of feeds on the network, topics or channels.
"""
