"""Pushes through hubs (WebSub, a W3C Recommendation): offers of feeds, subscriptions, signatures, and pushed bodies.

offer → lease → subscribe      which hub a feed names, and the subscription there
signature, read_pushes         what the hub sends, read like the answer to a poll
"""
