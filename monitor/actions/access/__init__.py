"""Signing in to the pages, named tokens, and keys."""
