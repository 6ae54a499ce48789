"""Turns bytes into identified items: decoding, repair, the forms of feed, and the worker processes.

Nothing here uses the network or the database.
"""
