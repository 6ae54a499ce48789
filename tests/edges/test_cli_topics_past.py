"""Topics and past items: applied without alerts, extended by suggestions, compared by backtest."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from shell import configure, rss, serving, spoken

from monitor.cli.shared.phrases import shown_score
from monitor.matching.backtest import BacktestLine
from monitor.matching.backtest_warnings import days_of, noisiest, warnings
from monitor.topics.vocabulary.document import Document
from storage.model import Why

STRIKES = ("Harbour strike spreads to the north", "Harbour strike enters third day", "Harbour strike ends")
OTHERS = ("Garden show opens", "Harbour film wins a prize", "Bowling strike record falls")
RULE = 'name = "ports"\n[terms]\nharbour = 4.0\nstrike = 4.0\n'
LOOSE = 'name = "loose"\n[terms]\nharbour = 20.0\n'
ARTICLES = {
    "one.txt": "Harbour strike halts ships\n\nDock workers began a strike in the harbour on Monday over pay.",
    "two.txt": "Harbour workers on strike\n\nThe strike of harbour workers enters its second day, dockers said.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database whose items were stored before the topic was configured."""
    (tmp_path / "ports.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "loose.toml").write_text(LOOSE, encoding="utf-8")
    for name, text in ARTICLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with serving(feed=rss(*STRIKES, *OTHERS)) as site:
        configure(tmp_path, f"{site.url}/feed", topic="")
        assert spoken("once", "--backfill", folder=tmp_path).code == 0
        configure(
            tmp_path,
            f"{site.url}/feed",
            topic='[[topics]]\nname = "ports"\nrule = "ports.toml"\n'
            '[[topics]]\nname = "learnt"\narticles = ["*.txt"]\n[[topics]]\nname = "q"\nquery = "roses"\n',
        )
    return tmp_path


def test_a_topic_is_applied_to_the_past_without_an_alert(folder: Path) -> None:
    """Its stories are in lists and digests, and cause no delivery, now or in the next round (invariant 7, F1)."""
    applied = spoken("topics", "apply", "ports", "--since", "7d", folder=folder)
    assert applied.code == 0
    assert "judged 6 items, 3 new matches" in applied.err
    assert all(title in applied.out for title in STRIKES)
    again = spoken("topics", "apply", "ports", folder=folder)
    assert "0 new matches, 3 matched before" in again.err
    stories = json.loads(spoken("stories", "list", "--format", "json", folder=folder).out)
    assert sum(story["size"] for story in stories) == 3
    spoken("once", folder=folder)
    assert json.loads(spoken("alerts", "list", "--format", "json", folder=folder).out) == []
    [item] = [
        row["id"]
        for story in stories[:1]
        for row in json.loads(spoken("stories", "show", story["id"], "--format", "json", folder=folder).out)[
            :1
        ]
    ]
    assert "it is older than its topic" in spoken("why", item, folder=folder).out


def test_suggestions_name_what_the_rule_lacks(folder: Path) -> None:
    """Suggestions are other names of its ideas and words that its matches share; a query is refused."""
    suggested = spoken("topics", "suggest", "ports", folder=folder)
    assert suggested.code == 0
    assert "facet" in suggested.out
    assert "walkout" in suggested.out
    assert spoken("topics", "suggest", "q", folder=folder).code == 2


def test_explain_names_points_conditions_and_the_nearest_example(folder: Path) -> None:
    """`explain` prints them for a text that matches and for one that does not."""
    (folder / "hit").write_text(
        "Harbour strike in Velmont\n\nDock workers strike over pay.", encoding="utf-8"
    )
    hit = spoken("topics", "explain", "learnt", "hit", folder=folder).out
    assert "matches learnt" in hit
    assert "needed" in hit
    assert "nearest example: one.txt (shares " in hit
    (folder / "miss").write_text("Roses\n\nZebras xylophone.", encoding="utf-8")
    assert "no example shares a word" in spoken("topics", "explain", "learnt", "miss", folder=folder).out
    (folder / "must.toml").write_text(
        'must = ["velmont"]\n' + RULE.replace("ports", "must"), encoding="utf-8"
    )
    config = folder / "storywatch.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("ports.toml", "must.toml"), encoding="utf-8")
    (folder / "near").write_text("Harbour strike in Brevik\n\n", encoding="utf-8")
    assert (
        "required (must) and missing: velmont"
        in spoken("topics", "explain", "ports", "near", folder=folder).out
    )


def test_backtest_of_two_versions_names_what_changes(folder: Path) -> None:
    """It prints the matches of only one version, the noisiest term, and a warning about a rule too broad."""
    lines = [
        {"id": str(n), "title": title, "published": f"2026-03-0{n + 1}T12:00:00Z"}
        for n, title in enumerate((*STRIKES, *OTHERS))
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    told = spoken("backtest", "ports.toml", "loose.toml", "--items", "items.jsonl", folder=folder).out
    assert "loose against ports: 1 more, 0 fewer:" in told
    assert "  + Harbour film wins a prize" in told
    assert "noisiest term: harbour, in 4 items, of which 3 match" in told
    assert "warning: 67% of all items match" in told


def test_backtest_warns_of_a_rule_that_never_fires(folder: Path) -> None:
    """A rule without a match in over a week is reported."""
    lines = [
        {"id": str(n), "title": "Roses bloom", "published": f"2026-03-{n + 1:02}T12:00:00Z"}
        for n in range(12)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    told = spoken("backtest", "ports.toml", "--items", "items.jsonl", folder=folder).out
    assert "warning: no match in 11 days (12 items): it may never fire" in told
    assert "lower `threshold`" in told


def test_backtest_counts_one_story(folder: Path) -> None:
    """The text uses the singular for a single story."""
    line = {"id": "1", "title": STRIKES[0], "published": "2026-03-01T12:00:00Z"}
    (folder / "items.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    told = spoken("backtest", "ports.toml", "--items", "items.jsonl", folder=folder).out
    assert "1 of 1 items match, in 1 story" in told
    assert "1 stories" not in told


def test_backtest_warns_of_a_rule_that_fires_all_day() -> None:
    """More stories a day than a reader can follow give a warning, fewer do not."""
    assert "it would fire all day" in warnings([], days=2, stories=78)[0]
    assert warnings([], days=2, stories=38) == []


STORY = RULE.replace("ports", "story") + '\n[cast]\nstranger = 2.0\nnames = ["Orrin"]\n'
NAMED = "Harbour strike in Brevik: Ilse Tornau and Per Hegel of Kestrel Lines talk to Velmont"


def test_explain_says_if_only_strangers_keep_an_item_out(folder: Path) -> None:
    """An item of the story with an unknown name is distinguished from an unrelated item."""
    (folder / "story.toml").write_text(STORY, encoding="utf-8")
    config = folder / "storywatch.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("ports.toml", "story.toml"), encoding="utf-8"
    )
    (folder / "named").write_text(NAMED + "\n\n", encoding="utf-8")
    told = spoken("topics", "explain", "ports", "named", folder=folder).out
    assert "only names outside the cast keep it out" in told
    (folder / "other").write_text("Roses bloom\n\n", encoding="utf-8")
    assert "only names" not in spoken("topics", "explain", "ports", "other", folder=folder).out


def test_why_names_who_is_not_in_the_cast(tmp_path: Path) -> None:
    """Names that take off points are listed beside the terms that matched."""
    (tmp_path / "story.toml").write_text(STORY, encoding="utf-8")
    with serving(feed=rss(NAMED)) as site:
        configure(tmp_path, f"{site.url}/feed", topic='[[topics]]\nname = "ports"\nrule = "story.toml"\n')
        assert spoken("once", "--backfill", folder=tmp_path).code == 0
    told = json.loads(spoken("why", "i1", "--format", "json", folder=tmp_path).out)["steps"][-1]["words"]
    assert "no match: ports" in told
    assert "; not in the cast: " in told
    assert "tornau" in told


def test_the_meaning_of_the_whole_is_no_noisy_term() -> None:
    """The points for meaning belong to no field and cannot be removed from a rule."""
    one = BacktestLine(
        document=Document(id="1", title="Roses"),
        at=datetime(2026, 3, 1, tzinfo=UTC),
        topic="t",
        score=0.3,
        matched=False,
        story=None,
        why=(Why(term="meaning", weight=1.0, where=""),),
    )
    assert noisiest([one]) is None
    assert noisiest([replace(one, why=(Why(term="rose", weight=1.0, where="title"),))]) is not None


def test_a_score_below_the_threshold_is_not_rounded_up() -> None:
    """A score just below the threshold is not shown as the threshold."""
    assert (shown_score(0.4987), shown_score(0.5), shown_score(0.444)) == ("0.49", "0.50", "0.44")


def past(folder: Path, *titles: str, first: str = "2026-03-01") -> Path:
    """Write one item a day, and return the file."""
    start = datetime.fromisoformat(f"{first}T12:00:00+00:00")
    lines = [
        {"id": str(n), "title": title, "published": (start + timedelta(days=n)).isoformat()}
        for n, title in enumerate(titles)
    ]
    path = folder / "past.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_two_configured_topics_are_not_compared(folder: Path) -> None:
    """Two topics are listed side by side; only a rule file is compared with its topic."""
    past(folder, *STRIKES, *OTHERS)
    told = spoken("backtest", "ports", "q", "--items", "past.jsonl", folder=folder).out
    assert "against" not in told
    versions = spoken("backtest", "ports", "loose.toml", "--items", "past.jsonl", folder=folder).out
    assert "loose against ports: 1 more" in versions


def test_advice_for_a_silent_query_is_about_its_words(folder: Path) -> None:
    """A query has no points and no threshold."""
    past(folder, *["Dock fire" for _ in range(12)])
    told = spoken("backtest", "q", "--items", "past.jsonl", folder=folder).out
    assert "warning: no match in 11 days" in told
    assert "threshold" not in told
    assert "check its words" in told


def test_a_stray_date_does_not_lengthen_the_period() -> None:
    """An item of 2005 among those of a month does not extend the period beyond the requested one."""
    month = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n) for n in range(30)]
    stray = datetime(2005, 3, 1, tzinfo=UTC)
    assert days_of([*month, stray]) < 31
    assert days_of([stray, month[0]], within=timedelta(days=30)) == 30
    assert days_of([]) == 0


def test_reasons_have_points_that_sum_to_the_total(folder: Path) -> None:
    """Each reason has its points, and their sum is compared with the threshold."""
    (folder / "hit").write_text("Harbour strike in Velmont\n\n", encoding="utf-8")
    told = spoken("topics", "explain", "ports", "hit", folder=folder).out.splitlines()
    total = float(re.search(r"([\d.]+) points", told[1]).group(1))  # type: ignore[union-attr]
    parts = [float(line.split()[0]) for line in told[2:] if re.match(r"\s+[+-]\d", line)]
    assert sum(parts) == pytest.approx(total, abs=0.02)
    shown = json.loads(spoken("topics", "explain", "ports", "hit", "--format", "json", folder=folder).out)
    assert sum(why["weight"] for why in shown["why"]) == pytest.approx(1.0, abs=0.001)
    query = spoken("topics", "explain", "q", "hit", folder=folder).out
    assert "does not match q: the query is false of it" in query
