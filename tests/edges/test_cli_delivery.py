"""Commands on channels and deliveries: show, send again under the same id, discard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shell import RoundResult, Site, configure, rss, serving, spoken

CHANNELS = """
operators = ["paper"]
[[channels]]
name = "paper"
type = "feed"
path = "alerts.xml"
[[channels]]
name = "hook"
type = "webhook"
url = "{url}/hook"
[[routes]]
topics = ["*"]
channels = ["hook"]
group_wait = "0s"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """A folder with one alert waiting for a webhook, and the site that answers."""

    folder: Path
    site: Site

    def once(self, *, later: timedelta = timedelta(hours=1)) -> RoundResult:
        return spoken("once", "--now", (datetime.now(UTC) + later).isoformat(), folder=self.folder)

    def json(self, *arguments: str) -> Any:
        done = spoken(*arguments, "--format", "json", folder=self.folder)
        assert done.code == 0, done.err
        return json.loads(done.out)

    def states(self) -> list[str]:
        return [row["state"] for row in self.json("alerts", "list") if row["channel"] == "hook"]


@contextmanager
def a_desk(folder: Path, hook: tuple[int, bytes]) -> Iterator[Routing]:
    with serving(feed=rss("Nothing yet"), hook=hook) as site:
        more = CHANNELS.format(url=site.url)
        config = configure(folder, f"{site.url}/feed", more=more)
        text = config.read_text(encoding="utf-8").replace('operators = ["paper"]\n', "")
        config.write_text('operators = ["paper"]\n' + text, encoding="utf-8")
        spoken("once", folder=folder)
        site.pages["/feed"] = (200, rss("Police halt trial of harbour cameras", "Nothing yet"))
        yield Routing(folder=folder, site=site)


def test_a_failing_channel_is_shown_reported_and_resumed(tmp_path: Path) -> None:
    """`channels list` says since when, why and when it is probed; `resume` sends everything at once."""
    with a_desk(tmp_path, (503, b"asleep until nine")) as routing:
        assert routing.once(later=timedelta(hours=2)).code == 1
        [paper, hook] = routing.json("channels", "list")
        assert (paper["state"], hook["state"], hook["waiting"]) == ("ok", "failing", 1)
        assert "503" in hook["last_error"]
        assert hook["probe_at"] > hook["since"]
        listed = spoken("channels", "list", folder=tmp_path).out
        assert "HTTP 503" in listed
        assert "probed" in listed
        routing.once(later=timedelta(hours=3))
        assert "channel is failing: hook" in (tmp_path / "alerts.xml").read_text(encoding="utf-8")
        routing.site.pages["/hook"] = (204, b"")
        assert "1 delivery due now" in spoken("channels", "resume", "hook", folder=tmp_path).err
        assert routing.once(later=timedelta(hours=3)).code == 0
        assert routing.states() == ["sent"]
        sent = datetime.fromisoformat(routing.json("channels", "list")[1]["last_sent"]).astimezone()
        assert f"{sent:%Y-%m-%d %H:%M}\n" in spoken("channels", "list", folder=tmp_path).out


def test_a_route_at_its_cap_is_named_with_what_waits(tmp_path: Path) -> None:
    """`status` says which channel has alerts that wait, how many, and when the next is sent."""
    with a_desk(tmp_path, (204, b"")) as routing:
        config = tmp_path / "storywatch.toml"
        text = config.read_text(encoding="utf-8")
        config.write_text(
            text.replace('group_wait = "0s"', 'group_wait = "0s"\nmax_per_hour = 1'), encoding="utf-8"
        )
        routing.site.pages["/feed"] = (
            200,
            rss("Police halt trial of harbour cameras", "Police choir sings in Lisbon"),
        )
        routing.once(later=timedelta(hours=2))
        [capped] = routing.json("status")["capped"]
        assert (capped["channel"], capped["waiting"]) == ("hook", 1)
        [line] = [one for one in spoken("status", folder=tmp_path).out.splitlines() if "max_per_hour" in one]
        assert line.startswith(
            f"at its cap  route {capped['route']} (max_per_hour): 1 alert for hook waits, "
        )


def test_a_stopped_channel_waits_for_its_owner(tmp_path: Path) -> None:
    """A 410 stops it (D5), and its held deliveries are sent when it is resumed."""
    with a_desk(tmp_path, (410, b"")) as routing:
        routing.once(later=timedelta(hours=2))
        assert routing.json("channels", "list")[1]["state"] == "stopped"
        assert routing.states() == ["held"]
        assert "channels resume hook" in spoken("channels", "list", folder=tmp_path).out
        routing.site.pages["/hook"] = (204, b"")
        spoken("channels", "resume", "hook", folder=tmp_path)
        routing.once(later=timedelta(hours=2))
        assert routing.states() == ["sent"]


def test_a_dead_delivery_is_reported_shown_and_replayed(tmp_path: Path) -> None:
    """After three 404s another channel reports its id, `show` has the answers, and `replay` sends it (D9)."""
    with a_desk(tmp_path, (404, b"no such hook")) as routing:
        for hours in (2, 3, 4):
            routing.once(later=timedelta(hours=hours))
        [dead] = [
            row for row in routing.json("alerts", "list", "--state", "dead") if row["channel"] == "hook"
        ]
        assert dead["id"] in (tmp_path / "alerts.xml").read_text(encoding="utf-8")
        shown = routing.json("alerts", "show", dead["id"])
        assert [(one["number"], one["code"], one["reply"]) for one in shown["attempts"]] == [
            (number, 404, "no such hook") for number in (1, 2, 3)
        ]
        assert json.loads(shown["body"])["type"] == "story.new"
        assert "answered: no such hook" in spoken("alerts", "show", dead["id"][:12], folder=tmp_path).out
        assert spoken("status", folder=tmp_path).code == 1
        routing.site.pages["/hook"] = (204, b"")
        assert "is sent again" in spoken("alerts", "replay", dead["id"], folder=tmp_path).err
        routing.once(later=timedelta(hours=5))
        [sent] = [
            row for row in routing.json("alerts", "list", "--state", "sent") if row["channel"] == "hook"
        ]
        assert sent["id"] == dead["id"]


def test_a_sent_alert_is_replayed_under_a_new_id(tmp_path: Path) -> None:
    """A receiver that ignores known ids accepts it once more."""
    with a_desk(tmp_path, (204, b"")) as routing:
        routing.once(later=timedelta(hours=2))
        [sent] = routing.json("alerts", "list")
        assert (
            "is sent again as dlv_" in spoken("alerts", "replay", "--as-new", sent["id"], folder=tmp_path).err
        )
        assert sorted(routing.states()) == ["pending", "sent"]
        routing.once(later=timedelta(hours=3))
        assert routing.states() == ["sent", "sent"]


def test_a_discarded_delivery_needs_no_attention(tmp_path: Path) -> None:
    """It is kept as discarded and `status` exits with 0; a sent delivery cannot be discarded."""
    with a_desk(tmp_path, (404, b"")) as routing:
        for hours in (2, 3, 4):
            routing.once(later=timedelta(hours=hours))
        [dead] = [
            row for row in routing.json("alerts", "list", "--state", "dead") if row["channel"] == "hook"
        ]
        assert "discarded" in spoken("alerts", "discard", dead["id"], folder=tmp_path).err
        assert spoken("status", folder=tmp_path).code == 0
        assert routing.json("alerts", "show", dead["id"])["last_error"] == "discarded: by hand"
        [told] = [row for row in routing.json("alerts", "list") if row["channel"] == "paper"]
        refused = spoken("alerts", "discard", told["id"], folder=tmp_path)
        assert (refused.code, "was sent" in refused.err) == (2, True)


def test_an_unknown_delivery_or_channel_is_an_error_with_a_fix(tmp_path: Path) -> None:
    """The error names the thing and the command to type."""
    with a_desk(tmp_path, (204, b"")):
        unknown = spoken("alerts", "show", "dlv_nothing", folder=tmp_path)
        assert unknown.code == 2
        assert "storywatch alerts list" in unknown.err
        assert "Did you mean 'hook'?" in spoken("channels", "resume", "hok", folder=tmp_path).err


def test_test_messages_are_reported_and_not_stored(tmp_path: Path) -> None:
    """`channels test` and `check --send-test` print ok or the cause by channel and recipient, and exit with 1."""
    with a_desk(tmp_path, (204, b"")) as routing:
        good = spoken("channels", "test", "hook", folder=tmp_path)
        assert (good.code, good.err) == (0, "ok: hook to hook: HTTP 204\n")
        routing.site.pages["/hook"] = (401, b"who are you")
        bad = spoken("check", "--send-test", folder=tmp_path)
        assert bad.code == 1
        assert "ok: paper to paper" in bad.err
        assert "refused: hook to hook: HTTP 401" in bad.err
        assert routing.json("alerts", "list") == []


def test_check_online_asks_every_feed_and_stores_nothing(tmp_path: Path) -> None:
    """A feed that cannot be read is named with its cause."""
    with serving(feed=rss("One"), page=b"<html><body>Hello</body></html>") as site:
        configure(tmp_path, f"{site.url}/feed", f"{site.url}/page", f"{site.url}/missing")
        done = spoken("check", "--online", folder=tmp_path)
        assert done.code == 1
        assert "1 feed of 3 answered with a feed" in done.err
        assert f"failed: Feed 3 ({site.url}/missing): the server answered 404" in done.err
        assert not (tmp_path / "storywatch.db").exists()
