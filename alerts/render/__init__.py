"""What storywatch tells people, for each kind of message: pure functions from values to bytes.

`alert`, `digest` and `event` are the kinds of messages. `parts` are what messages are made of, `formats` are the media
they are written for. Nothing here reads a clock, a file or the database.
"""
