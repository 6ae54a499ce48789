"""The command line. Text for people goes to stderr, data to stdout.

One package per group of commands. A command reads its arguments, calls a view or an action, and prints the result.
Nothing here decides or queries by itself.
"""

import atexit
import gc
import sys

# Objects created before a garbage collection, by default 700: importing storywatch creates a hundred thousand and no
# garbage. Long-running commands set their own number: monitor.service.process.event_loop.
COLLECT_AFTER = 200_000

LONG_RUNNING = frozenset({"run", "worker"})  # commands that handle signals, also before they are imported


def main() -> None:
    """Run the command line."""
    gc.set_threshold(COLLECT_AFTER)
    if LONG_RUNNING & set(sys.argv[1:]):
        from monitor.service.process.start_signals import handle_early_signals  # before all else

        handle_early_signals()
    from monitor.cli.command_line import main as run_command_line  # takes longest

    # The interpreter's last collections would visit every imported object, which takes a fifth of a short command.
    atexit.register(gc.freeze)
    run_command_line()
