"""Which alerts are told, on which channels and when.

Policies, plans, routes, and composing planned messages. Nothing here sends; nothing here chooses words for people.
"""
