"""Topics learnt from what was pasted, and saved into real files."""

from __future__ import annotations

from pathlib import Path

import pytest
from dock_strike import CONFIG, STRIKE, settings_in

from monitor.actions.alerts.resume_channel import ChannelUnknown
from monitor.actions.topics.learn_pasted import NothingToLearn, addresses_in, learn_pasted, split_pasted
from monitor.actions.topics.save_topic import (
    NameRefused,
    NewTopic,
    NotAQuery,
    TopicExists,
    remove_topic,
    save_as_rule,
    save_query,
    save_topic,
)
from monitor.actions.topics.write_rule import NotARule, change_rule, edit_rule
from monitor.actions.write_files import FileChanged, FileNotWritten, digest_of
from monitor.config.load import load_settings
from monitor.config.settings import Settings
from monitor.polling.http.outcome import Fetched
from monitor.topics.topic import LearntTopic

RULE = 'name = "ports"\n[terms]\nharbour = 4.5\nstrike = 4.5\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A configuration with one topic and two channels."""
    return settings_in(tmp_path)


def test_pasted_boxes_are_addresses_or_texts() -> None:
    """A field may hold addresses, one on each line, or one text; too many are refused."""
    pasted = split_pasted(["https://example.org/a\n https://example.org/b ", "", STRIKE])
    assert addresses_in(pasted) == ["https://example.org/a", "https://example.org/b"]
    assert pasted[2] == STRIKE.strip()
    with pytest.raises(NothingToLearn, match="6 examples"):
        split_pasted([f"https://example.org/{n}" for n in range(6)])


def test_unreadable_examples_are_named_and_left_out() -> None:
    """If one address fails and one is a consent page, the rule is learnt from the text."""
    consent = b"<html><title>Before you continue</title><p>We use cookies. Accept all cookies or manage consent.</p></html>"
    failed, blocked = "https://example.org/gone", "https://example.org/consent"
    pages = {
        failed: f"{failed}: HTTP 404",
        blocked: Fetched(body=consent, url=blocked, status=200, validators=None, headers={}),  # type: ignore[arg-type]
    }
    learnt = learn_pasted("x", [failed, blocked, STRIKE], pages=pages, breadth=None)
    assert [source.counter for source in learnt.rule.learnt_from] == [False]
    assert any("HTTP 404" in remark for remark in learnt.remarks)
    assert any("consent" in remark and "left out" in remark for remark in learnt.remarks)
    with pytest.raises(NothingToLearn, match="too short"):
        learn_pasted("x", ["hi"], pages={}, breadth=None)
    with pytest.raises(NothingToLearn, match=r"HTTP 404.*give the address"):
        learn_pasted("x", [failed], pages=pages, breadth=None)


def test_a_new_topic_is_saved_with_its_rule_and_its_route(settings: Settings) -> None:
    """The configuration keeps its comments and a backup, and is valid for the daemon."""
    rule = learn_pasted("x", [STRIKE], pages={}, breadth=None).rule
    topic = NewTopic(name="port strikes", rule=LearntTopic(rule).text, channels=("file",))
    saved = save_topic(settings, topic, before=digest_of(settings.path), environ={})
    text = settings.path.read_text(encoding="utf-8")
    assert text.startswith("# The desk's configuration.")
    assert "# in bloom" in text
    again = load_settings(settings.path, environ={})
    assert [one.name for one in again.topics] == ["roses", "port strikes"]
    assert again.topics[1].rule == saved.rule == settings.path.parent / "topics" / "port-strikes.toml"
    assert again.routes[1].topics == ("port strikes",)
    assert saved.kept[0].read_text(encoding="utf-8") == CONFIG
    assert saved.rule is not None
    assert 'name = "port strikes"' in saved.rule.read_text(encoding="utf-8")
    removed = remove_topic(again, "port strikes", before=digest_of(settings.path), environ={})
    assert settings.path.read_text(encoding="utf-8") == CONFIG
    assert [one.name for one in removed.settings.topics] == ["roses"]


@pytest.mark.parametrize(
    ("topic", "refusal"),
    [
        (NewTopic(name="roses", query="x"), TopicExists),
        (NewTopic(name="new", query="x", channels=("desk",)), ChannelUnknown),
        (NewTopic(name="new", query="(x"), NotAQuery),
        (NewTopic(name="new", rule="threshold = 3"), NotARule),
        (NewTopic(name="a*b", rule=RULE), NameRefused),
        (NewTopic(name="", rule=RULE), NameRefused),
    ],
)
def test_a_topic_that_cannot_be_saved_changes_nothing(
    settings: Settings, topic: NewTopic, refusal: type[Exception]
) -> None:
    """With a used name, an unknown channel or an invalid rule or query no file is written."""
    with pytest.raises(refusal):
        save_topic(settings, topic, before=digest_of(settings.path), environ={})
    assert settings.path.read_text(encoding="utf-8") == CONFIG
    assert not list(settings.path.parent.glob("topics/*"))


def test_two_browsers_do_not_overwrite_each_other(settings: Settings) -> None:
    """The second of two edits of one version is refused, for the configuration and for a rule."""
    seen = digest_of(settings.path)
    saved = save_topic(settings, NewTopic(name="ports", rule=RULE), before=seen, environ={})
    with pytest.raises(FileChanged):
        save_query(saved.settings, "roses", "tulips", before=seen, environ={})
    assert saved.rule is not None
    begun = digest_of(saved.rule)
    edit = change_rule(saved.rule, lambda rule: rule)
    saved.rule.write_text(RULE + "# by hand\n", encoding="utf-8")
    with pytest.raises(FileChanged):
        edit_rule(saved.rule, edit, before=begun)
    assert "# by hand" in saved.rule.read_text(encoding="utf-8")


def test_a_query_is_edited_in_place(settings: Settings) -> None:
    """Its comment stays; a mistake is refused with its column."""
    with pytest.raises(NotAQuery) as refused:
        save_query(settings, "roses", "roses AND", before=digest_of(settings.path), environ={})
    assert refused.value.column == 10
    saved = save_query(
        settings, "roses", 'roses AND "in\nbloom"', before=digest_of(settings.path), environ={}
    )
    assert saved.settings.topics[0].query == 'roses AND "in\nbloom"'
    assert "# in bloom" in settings.path.read_text(encoding="utf-8")


def test_a_topic_of_articles_gets_a_rule_of_its_own(tmp_path: Path) -> None:
    """The articles stay, and from then on the rule decides."""
    (tmp_path / "a.txt").write_text(STRIKE, encoding="utf-8")
    path = tmp_path / "storywatch.toml"
    path.write_text('[[topics]]\nname = "ports"\narticles = ["a.txt"]\n', encoding="utf-8")
    settings = load_settings(path, environ={})
    saved = save_as_rule(settings, "ports", RULE, before=digest_of(path), environ={})
    assert (saved.settings.topics[0].articles, saved.settings.topics[0].rule) == ((), saved.rule)


def test_an_unwritable_configuration_gives_the_text_to_paste(settings: Settings) -> None:
    """No file is left behind, and the refusal has the topic and its rule."""
    (settings.path.parent / "topics").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(FileNotWritten) as refused:
        save_topic(settings, NewTopic(name="ports", rule=RULE), before=digest_of(settings.path), environ={})
    assert [piece.path.name for piece in refused.value.pieces] == ["storywatch.toml", "ports.toml"]
    assert "[[topics]]" in refused.value.pieces[0].text
    assert settings.path.read_text(encoding="utf-8") == CONFIG


def test_a_linked_configuration_is_written_at_its_target(settings: Settings, tmp_path: Path) -> None:
    """The link stays a link."""
    link = tmp_path / "link" / "storywatch.toml"
    link.parent.mkdir()
    link.symlink_to(settings.path)
    linked = load_settings(link, environ={})
    save_query(linked, "roses", "tulips", before=digest_of(link), environ={})
    assert link.is_symlink()
    assert 'query = "tulips"' in settings.path.read_text(encoding="utf-8").replace("'", '"')
