"""Forms of pages, as a browser reads them."""

from __future__ import annotations

import html
import re


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field of a form."""
    found = re.search(
        rf'name="{name}" value="([^"]*)"|name="{name}" hidden>(.*?)</textarea>', page, re.DOTALL
    )
    assert found, f"no field {name}"
    return html.unescape(found[1] if found[1] is not None else found[2])


def fields(page: str) -> dict[str, str]:
    """Return all fields of the form that edits a rule, as a browser would send them."""
    inputs = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
    areas = dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
    chosen = dict(
        re.findall(r'<select[^>]* name="([^"]+)".*?<option value="([^"]*)" selected', page, re.DOTALL)
    )
    return {name: html.unescape(value) for name, value in {**inputs, **areas, **chosen}.items()}
