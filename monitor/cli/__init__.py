"""The command line: words in, words out. Human words on stderr, data on stdout."""

from monitor.cli.main import main

__all__ = ["main"]
