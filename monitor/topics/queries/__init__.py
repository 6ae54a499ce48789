"""Queries: the language, its parser, and the evaluation of queries on documents."""
