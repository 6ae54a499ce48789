"""`storywatch config`: describes the configuration file to other programs."""

from __future__ import annotations

import click

from monitor.cli.shared.group import Group
from monitor.cli.shared.output import as_json


@click.group(cls=Group)
def config() -> None:
    """Describe storywatch.toml to other programs."""


@config.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of storywatch.toml, with which editors complete keys and mark errors.

    \b
    storywatch config schema > storywatch.schema.json
    Begin storywatch.toml with: #:schema ./storywatch.schema.json
    """
    from monitor.config.json_schema import config_schema

    click.echo(as_json(config_schema(), indent=2))
