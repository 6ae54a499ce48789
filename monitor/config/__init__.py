"""The configuration: `find` locates it, `load` reads it into frozen `settings` or reports every error at once.

Code that reads or edits `storywatch.toml` and subscription lists belongs here; state belongs in `storage`.
"""
