"""The media that messages are written for: terminal text, Markdown, HTML, Atom and JSON, and escaping for each.

Nothing here decides what a message contains (see `alerts.render.parts`).
"""
