"""Grouping items into stories: similarity, continuation and new facts. Pure.

A story belongs to one topic. Nothing here reads the database; the index is rebuilt from rows.
"""
