"""Topics: learning a rule from examples, rules and queries as text, and judging documents by them. Pure.

Nothing here reads the database or the configuration.
"""
