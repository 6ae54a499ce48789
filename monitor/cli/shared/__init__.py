"""Code that several commands share: context, options, output, phrases, logging, progress and completion.

Nothing here belongs to a single command.
"""
