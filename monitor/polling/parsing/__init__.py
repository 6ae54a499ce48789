"""From bytes to items with an identity: decoding, repair, each form of feed, and the processes that do it.

Nothing here reads the network or the database.
"""
