"""The configuration that `init` writes has every key and channel type, with explanations."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from alerts.channels.registry import CHANNEL_TYPES, kind_of
from monitor.config.schema import LISTS, TABLES, TopTable, keys_of
from monitor.config.template import starter_config

KEY = re.compile(r"^# (?=\[|[a-z_]+ = )", re.MULTILINE)
ALL_KEYS = [
    *(("", key) for key in keys_of(TopTable)),
    *((section, key) for section, table in {**TABLES, **LISTS}.items() for key in keys_of(table)),
]


def written() -> dict[str, Any]:
    """Return the tables of the template with every commented key uncommented."""
    return tomllib.loads(KEY.sub("", starter_config()))


@pytest.mark.parametrize(("section", "key"), ALL_KEYS)
def test_every_key_of_the_configuration_is_in_the_template(section: str, key: str) -> None:
    """A key added to the schema must be added to the template of `init`."""
    tables = written()
    found = tables[section] if section else tables
    assert any(key in table for table in (found if isinstance(found, list) else [found]))


def test_every_channel_type_is_in_the_template_with_all_its_keys() -> None:
    """Required and optional keys of each type are listed under it."""
    shown = {channel["type"]: set(channel) for channel in written()["channels"]}
    for name in CHANNEL_TYPES:
        kind = kind_of(name)
        assert shown[name] == {"name", "type", *kind.needed, *kind.possible}


def test_nothing_in_the_template_is_unknown() -> None:
    """A key removed from the schema must be removed from the template of `init`."""
    tables = written()
    assert set(tables) == {*keys_of(TopTable), *TABLES, *LISTS}
    for section, table in {**TABLES, **LISTS}.items():
        found = tables[section]
        for each in found if isinstance(found, list) else [found]:
            assert set(each) <= set(keys_of(table)), section
