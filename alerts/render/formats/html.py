"""Renders HTML that works in mails: templates with autoescape, inlined styles, no external resources."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  # needed for a message only

    return Environment(
        loader=PackageLoader("alerts.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner  # noqa: PLC0415  # needed for a mail only

    # Mail clients drop <style> or keep only its @media rules, so all other rules must be on the elements.
    return CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


def fragment(template: str, **words: Any) -> str:
    """Return `templates/{template}.j2` filled with `words`, which are escaped; styles are not inlined."""
    return _environment().get_template(f"{template}.j2").render(**words)


def page(template: str, **words: Any) -> bytes:
    """Return the HTML page `templates/{template}.html.j2` filled with `words`, with inlined styles."""
    return _inliner().inline(fragment(f"{template}.html", **words)).encode()
