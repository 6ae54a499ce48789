"""The configuration: `find` locates it, `load` reads it into frozen `settings` or names every error at once.

Everything that reads or edits `storywatch.toml` and subscription lists belongs here; state belongs in `storage`.
"""
