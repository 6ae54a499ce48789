"""Actions of an owner: mark, mute, merge, split, learn, apply, replay, discard, and edit feeds and topics.

An action writes in one transaction and returns what it did, or raises a typed refusal. It prints nothing.
"""
