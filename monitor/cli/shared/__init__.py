"""What several commands share: context, output, phrases, logging, progress and completion.

Nothing here belongs to a single command.
"""
