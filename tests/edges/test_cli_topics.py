"""Topics on the command line: learn, show, explain, backtest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import configure, rss, serving, spoken, storywatch

from monitor.matching.backtest import from_lines

ARTICLES = {
    "one.txt": "Ferry workers strike over pay\n\nThe ferry crews of the northern islands began a strike on Monday. "
    "Their union asks for higher wages after two years without a rise. Ferry lines stand still.",
    "two.txt": "Union calls islanders' ferry strike a success\n\nFerry crews stayed ashore for a second day. The union "
    "says the strike goes on until wages rise. Talks with the ferry company failed at night.",
}
ON_TOPIC = "Ferry strike enters third day as union rejects wage offer"
CONSENT = (
    "Before you continue\n\nWe use cookies to deliver our services. If you accept all, we and our partners also "
    "use cookies for ads. Manage your consent preferences or reject all cookies at any time."
)
LINES = [
    {"id": "a", "title": ON_TOPIC, "published": "2026-03-01T12:00:00Z"},
    {
        "id": "b",
        "title": "Garden show opens with record roses",
        "summary": "Roses of every colour",
        "url": "https://x.example/b",
    },
    {"id": "c", "title": f"{ON_TOPIC} again", "published": "2026-02-28T12:00:00Z", "feed": "Island Post"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two articles, and a topic learnt from them in its configuration."""
    for name, text in ARTICLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "items.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8"
    )
    configure(tmp_path, topic='[[topics]]\nname = "ferries"\narticles = ["*.txt"]\n')
    return tmp_path


def lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_backtest_reads_a_learnt_rule_file(folder: Path) -> None:
    """The steps of the README work: learn from examples, write the rule, test it on past items."""
    learnt = spoken("topics", "learn", "ferries", "one.txt", "two.txt", "-o", "rule.toml", folder=folder)
    assert (learnt.code, learnt.out) == (0, "")
    assert "written rule.toml" in learnt.err
    done = spoken("backtest", "rule.toml", "--items", "items.jsonl", "--format", "jsonl", folder=folder)
    assert (done.code, done.err) == (0, "")
    assert [row["matched"] for row in lines(done.out)] == [True, False, True]


def test_a_topic_is_learnt_and_saved_in_one_step(folder: Path) -> None:
    """Its rule file is beside the configuration, which contains the topic; a name that exists already is refused."""
    saved = spoken("topics", "learn", "strikes", "one.txt", "two.txt", "--save", folder=folder)
    assert (saved.code, saved.out) == (0, "")
    assert "uses it after SIGHUP" in saved.err
    assert "strikes" in spoken("topics", "list", folder=folder).out
    again = spoken("topics", "learn", "strikes", "one.txt", "--save", folder=folder)
    assert (again.code, "choose another name" in again.err) == (2, True)
    assert spoken("topics", "learn", "x", "one.txt", "--save", "-o", "x.toml", folder=folder).code == 2


def test_learning_prints_the_rule_and_is_the_same_every_time(folder: Path) -> None:
    """Standard output is the rule and nothing else (invariant 7)."""
    first = spoken("topics", "learn", "ferries", "one.txt", "two.txt", folder=folder)
    assert first == spoken("topics", "learn", "ferries", "one.txt", "two.txt", folder=folder)
    shown = spoken("topics", "show", "ferries", folder=folder)
    readable = first.out.split("\n[meaning]")[0].strip()
    assert shown.out.split("\n# [meaning]")[0].strip() == readable
    assert (
        json.loads(spoken("topics", "show", "ferries", "--format", "json", folder=folder).out)["text"]
        == first.out
    )
    assert [line.split(" catches ")[0] for line in shown.err.splitlines()] == ["wide", "story", "narrow"]
    for text in ARTICLES.values():
        for sentence in text.split(". "):
            assert sentence.strip().removesuffix(".") not in first.out


def test_the_topics_are_listed(folder: Path) -> None:
    """The list shows whether a topic has examples, a rule or a query."""
    [row] = json.loads(spoken("topics", "list", "--format", "json", folder=folder).out)
    assert (row["name"], row["made_of"], row["feeds"]) == ("ferries", "2 articles", None)


def test_explain_says_why_a_text_matches_or_not(folder: Path) -> None:
    """The text is read from a file or from standard input."""
    (folder / "hit").write_text(f"{ON_TOPIC}\n\nFerry crews went on strike for wages.", encoding="utf-8")
    hit = spoken("topics", "explain", "ferries", "hit", folder=folder)
    assert " points, 10.00 needed" in hit.out
    assert "score" not in hit.out
    assert "ferry" in hit.out.lower()
    miss = storywatch(
        "topics", "explain", "ferries", "-", folder=folder, stdin="Roses bloom early this year\n\nA garden."
    )
    assert miss.code == 0
    assert "does not match ferries" in miss.out


def test_backtest_lines_have_the_documented_form(folder: Path) -> None:
    """There is a line for each item and topic, in the order read, with a score and a story."""
    done = spoken("backtest", "ferries", "--items", "items.jsonl", "--format", "jsonl", folder=folder)
    rows = lines(done.out)
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    for row in rows:
        assert set(row) == {"id", "topic", "score", "matched", "story", "why"}
        assert row["topic"] == "ferries"
        assert 0 <= float(str(row["score"])) <= 1
        assert row["matched"] == (float(str(row["score"])) >= 0.5)
        assert (row["story"] is None) == (not row["matched"])
        assert all(set(why) == {"term", "weight", "where"} for why in row["why"])  # type: ignore[attr-defined]
    assert rows[0]["why"]
    assert rows[0]["story"] == rows[2]["story"], "time may run backwards within a story"


def test_backtest_of_everything_shows_grouping_alone(folder: Path) -> None:
    """Every item counts as a match."""
    rows = lines(
        spoken("backtest", "--all", "--items", "items.jsonl", "--format", "jsonl", folder=folder).out
    )
    assert [row["matched"] for row in rows] == [True] * 3
    assert rows[0]["story"] == rows[2]["story"] != rows[1]["story"]


def test_backtest_reads_standard_input_without_any_configuration(tmp_path: Path) -> None:
    """`--all` needs neither a configuration nor a database, and writes no file."""
    text = "".join(json.dumps(line) + "\n" for line in LINES)
    done = storywatch("backtest", "--all", "--items", "-", "--format", "jsonl", folder=tmp_path, stdin=text)
    assert (done.code, len(lines(done.out))) == (0, 3)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_may_begin_with_a_byte_order_mark() -> None:
    """Programs that save "UTF-8 with BOM" write one."""
    [read] = from_lines(["\ufeff" + json.dumps(LINES[0])])
    assert read.document.id == LINES[0]["id"]


def test_backtest_in_words_counts_hits_and_shows_near_misses(folder: Path) -> None:
    """The output for a person has totals and examples."""
    done = spoken("backtest", "ferries", "--items", "items.jsonl", folder=folder)
    assert done.out.startswith("ferries: 2 of 3 items match, in 1 ")
    assert ON_TOPIC in done.out


def test_a_topic_is_learnt_from_the_address_of_a_page(folder: Path) -> None:
    """A page is fetched under the same rules as a feed, and gives the same rule as its text in a file."""
    paragraphs = ARTICLES["one.txt"].split("\n\n")
    page = f"<!doctype html><html><title>x</title><article><h1>{paragraphs[0]}</h1><p>{paragraphs[1]}</p></article></html>"
    (folder / "page.html").write_text(page, encoding="utf-8")
    with serving(page=page.encode()) as site:
        fetched = spoken("topics", "learn", "ferries", f"{site.url}/page", "two.txt", folder=folder)
    assert fetched.code == 0, fetched.err
    from_file = spoken("topics", "learn", "ferries", "page.html", "two.txt", folder=folder)
    assert fetched.out.replace("1-page", "page.html") == from_file.out
    refused = spoken("topics", "learn", "ferries", "https://me:sesame@10.0.0.1/page", folder=folder)
    assert "sesame" not in refused.err
    assert refused.code == 2
    assert "save the article and name the file" in refused.err


def test_learning_shows_the_matches_of_past_items(folder: Path) -> None:
    """Hits, stories and near misses are shown, with the topic's lines for the configuration."""
    before = spoken("topics", "learn", "ferries", "one.txt", "two.txt", "-o", "rule.toml", folder=folder)
    assert "no item has been read yet" in before.err
    assert '[[topics]]\nname = "ferries"\nrule = "rule.toml"' in before.err
    with serving(feed=rss(ON_TOPIC, "Garden show opens with record roses")) as site:
        configure(folder, f"{site.url}/feed")
        assert spoken("once", folder=folder).code == 0
    learnt = spoken("topics", "learn", "ferries", "one.txt", "two.txt", folder=folder)
    assert "Of 2 items read in the last 30 days it would have matched 1, in 1 story" in learnt.err
    assert ON_TOPIC in learnt.err
    assert "roses" not in learnt.err
    assert "With --breadth wide: " in learnt.err
    assert "With --breadth narrow: " in learnt.err


def test_rules_of_another_reader_become_a_topic(tmp_path: Path) -> None:
    """The output can be pasted into the configuration; rules that a query cannot express are listed."""
    config = configure(tmp_path, "https://example.org/feed")
    (tmp_path / "keep.txt").write_text(
        "EntryTitle=(?i)night train\nEntryURL=rail\nintitle:'sleeper car' OR couchette\n"
    )
    (tmp_path / "block.txt").write_text("EntryTitle=football\n")
    done = storywatch("topics", "import", "trains", "keep.txt", "--block", "block.txt", folder=tmp_path)
    assert done.code == 0
    assert "left out: line 2: no query looks at EntryURL" in done.err
    config.write_text(config.read_text() + done.out)
    assert spoken("check", folder=tmp_path).code == 0
    (tmp_path / "item.txt").write_text("The night train is back\n\nIt runs again.")
    explained = spoken("topics", "explain", "trains", "item.txt", folder=tmp_path)
    assert "matches trains" in explained.out
    (tmp_path / "item.txt").write_text("Football fans on the night train\n\nIt runs again.")
    assert "does not match trains" in spoken("topics", "explain", "trains", "item.txt", folder=tmp_path).out
    (tmp_path / "keep.txt").write_text("!football\n")
    refused = storywatch("topics", "import", "trains", "keep.txt", folder=tmp_path)
    assert refused.code == 2
    assert "only NOT" in refused.err


def test_an_invalid_expression_is_left_out_and_the_other_rules_are_imported(tmp_path: Path) -> None:
    """A rule that RE2 refuses does not affect the other rules."""
    configure(tmp_path, "https://example.org/feed")
    (tmp_path / "keep.txt").write_text("EntryTitle=(?=night) train\nEntryTitle=sleeper\n!football\n")
    done = storywatch("topics", "import", "trains", "keep.txt", folder=tmp_path)
    assert done.code == 0
    assert "left out: line 1: no query holds it: " in done.err
    assert "left out: line 3: " in done.err
    assert "title:/sleeper/" in done.out
    assert "night" not in done.out


def test_learning_does_not_overwrite_a_rule_that_was_edited(folder: Path) -> None:
    """The refusal names the differences, and --force overwrites; writing the same rule again is not refused."""
    learn = ("topics", "learn", "ferries", "one.txt", "two.txt", "-o", "rule.toml")
    assert spoken(*learn, folder=folder).code == 0
    assert spoken(*learn, folder=folder).code == 0
    rule = folder / "rule.toml"
    learnt = rule.read_text(encoding="utf-8")
    rule.write_text(learnt.replace("threshold = 10.0", "threshold = 12.5  # mine"), encoding="utf-8")
    refused = spoken(*learn, folder=folder)
    assert refused.code == 2
    assert "rule.toml: exists" in refused.err
    assert "threshold: 12.50 → 10.00" in refused.err
    assert "--force" in refused.err
    assert "# mine" in rule.read_text(encoding="utf-8")
    assert spoken(*learn, "--force", folder=folder).code == 0
    assert rule.read_text(encoding="utf-8") == learnt


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        CONSENT,
        "<html><title>Just a moment...</title><body><p>Enable JavaScript and cookies to continue</p></body></html>",
    ],
    ids=["hi", "consent", "challenge"],
)
def test_nothing_is_learnt_from_a_file_without_an_article(folder: Path, text: str) -> None:
    """The error names the file and the reason, and no rule is written."""
    (folder / "page.html").write_text(text, encoding="utf-8")
    refused = spoken("topics", "learn", "x", "page.html", "-o", "rule.toml", folder=folder)
    assert refused.code == 2
    assert "page.html: " in refused.err
    assert not (folder / "rule.toml").exists()
