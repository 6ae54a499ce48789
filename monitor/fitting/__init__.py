"""Judgement of items with the help of earlier items: near items, fitted thresholds, examples found later. Pure.

Items are decided in the order in which they came; only earlier items affect a decision. No module reads the database.
"""
