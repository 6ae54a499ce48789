"""Reads well-formed RSS, RDF and Atom in a third of feedparser's time, and leaves every doubtful document to feedparser.

The values are exactly those that feedparser gives, which `tests/corpus/test_fast_reader_corpus.py` checks on real bodies.
"""
