"""Pushes through hubs (WebSub, a W3C Recommendation): offers of feeds, subscriptions, signatures, and pushed bodies.

offer → lease → subscribe      the hub that a feed names, and the subscription there
signature, read_pushes         pushes from the hub, read like answers to polls
"""
