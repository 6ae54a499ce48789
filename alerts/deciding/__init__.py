"""Decides which alerts are sent, on which channels and when.

Policies, plans, routes, and composing planned messages. Nothing here sends messages or words them.
"""
