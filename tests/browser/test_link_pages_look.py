"""The pages that links of messages open, in a real browser: for people on a telephone who are not signed in."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from builders import NOON
from looking import TELEPHONE, Onlooker

from alerts.links.writer import link_writer
from monitor.actions.alerts.links import begin_links


@pytest.mark.parametrize("name", ["yes", "no", "mute"])
def test_the_page_of_a_link_is_accessible(look: Onlooker, name: str) -> None:
    """It is checked before and after the button is pressed."""
    begin_links(look.site.database, now=NOON)
    with look.site.database.read() as ledger:
        writer = link_writer(ledger, look.site.url, "desk", now=NOON)
        [story, *_] = ledger.stories.since(NOON - timedelta(days=1))
    assert writer is not None
    path = getattr(writer.of_story(story), name).removeprefix(look.site.url)
    look.check(path, TELEPHONE, signed_in=False)
    with closing(look.site.visitor()) as reader:
        assert reader.post(path).status_code == 303
    look.check(path, TELEPHONE, signed_in=False)
    with closing(look.site.visitor()) as reader:
        assert reader.post(path, data={"undo": "1"}).status_code == 303
