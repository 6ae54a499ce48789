"""Names of topics, feeds and channels that contain characters with a meaning in addresses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from programs import program
from served import OWNER, Served, app_of, configured, serving

from storage.database import Database

ODD = ["Häfen/Ports", "harbour/edit", "is 50% a lot? #1", 'a "quoted" & <b>name</b>', "a\\b"]


@pytest.fixture
def odd(tmp_path: Path, sqlite_database: Database) -> Iterator[Served]:
    """Pages of a configuration with odd names."""
    topics = "".join(f"[[topics]]\nname = '{name}'\nquery = 'word{at}'\n" for at, name in enumerate(ODD))
    channel = "[[channels]]\nname = 'desk/night'\ntype = 'console'\n"
    app = app_of(configured(tmp_path, more=topics + channel), sqlite_database)
    with serving(app) as running:
        yield running


def test_pages_of_topics_with_odd_names_are_reached_by_their_links(odd: Served) -> None:
    """Each link in the list of topics leads to the topic that it names."""
    with closing(odd.client()) as browser:
        listed = browser.get("/topics").text
        for at, name in enumerate(ODD):
            path = f"/topics/{quote(name, safe='')}"
            assert f'href="{path}"' in listed
            assert f"word{at}" in browser.get(path).text
            assert f"word{at}" in browser.get(f"{path}/edit").text


def test_the_api_takes_names_percent_encoded(odd: Served) -> None:
    """Names with slashes and the addresses of feeds are one part of an address."""
    with program(odd) as api:
        for at, name in enumerate(ODD):
            assert api.get(f"/topics/{quote(name, safe='')}").json()["text"] == f"word{at}"
            assert api.post(f"/topics/{quote(name, safe='')}/mute").status_code == 200
        for feed in api.get("/feeds").json():
            assert api.get(f"/feeds/{quote(feed['url'], safe='')}").json()["url"] == feed["url"]
        assert api.post("/channels/desk%2fnight/resume").status_code == 200


def test_signing_in_leads_back_to_an_odd_name(odd: Served) -> None:
    """The address after the form is the one that was asked for, byte for byte."""
    path = f"/topics/{quote(ODD[2], safe='')}"
    with odd.visitor() as browser:
        asked = browser.get(path).headers["location"]
        assert asked == f"/sign-in?next={quote(path, safe='')}"
        assert path in browser.get(asked).text
        answer = browser.post("/sign-in", data={"token": OWNER, "next": path})
        assert answer.headers["location"] == path
