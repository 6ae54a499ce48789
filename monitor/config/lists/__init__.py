"""Subscription lists: reading, repairing, editing and writing them."""
