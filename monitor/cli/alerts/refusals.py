"""Answers what a view or an action refuses as a usage error."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from monitor.actions.refused import ActionRefused
from monitor.views.refused import ViewRefused

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refusals() -> Iterator[None]:
    """Print a refusal with the usage of the command, and exit with 2."""
    try:
        yield
    except (ActionRefused, ViewRefused) as refused:
        raise click.UsageError(str(refused)) from None
