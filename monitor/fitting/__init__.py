"""Judging an event's items with the archive around them: near items, fitted thresholds, examples found later. Pure.

An item is decided on in the order in which it came, by what came before it alone. Nothing here reads the database.
"""
