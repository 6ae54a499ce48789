"""`storywatch completion`: the script by which a shell completes commands, options, topics and channels."""

from __future__ import annotations

import click

PROGRAM = "storywatch"
VARIABLE = "_STORYWATCH_COMPLETE"  # the environment variable through which a shell asks click for completions


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash  storywatch completion bash > ~/.local/share/bash-completion/completions/storywatch
    zsh   storywatch completion zsh > "${fpath[1]}/_storywatch"
    fish  storywatch completion fish > ~/.config/fish/completions/storywatch.fish
    """
    from click.shell_completion import get_completion_class

    from monitor.cli.command_line import storywatch

    kind = get_completion_class(shell)
    assert kind is not None
    # Not `source()`, which runs bash to find its version and warns if bash is not installed.
    script = kind(storywatch, {}, PROGRAM, VARIABLE)
    click.echo(script.source_template % script.source_vars())
