"""Queries: the language, its parser, and whether a query is true of a document."""
