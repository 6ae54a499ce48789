"""Renders messages: pure functions from values to bytes.

`alert_message`, `digest_message` and `event_message` are the kinds of messages, `parts` their building blocks, and
`formats` the media they are written for. Nothing here reads a clock, a file or the database.
"""
