"""The command line. Text for people goes to stderr, data to stdout.

One package per group of commands. A command reads its arguments, calls a view or an action, and prints the result.
Nothing here decides or queries by itself.
"""

from monitor.cli.main import main

__all__ = ["main"]
