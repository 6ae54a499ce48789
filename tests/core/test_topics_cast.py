"""The cast: examples decide whether they are one story, and names outside the cast count against an item."""

from __future__ import annotations

from dataclasses import replace

import pytest
from examples import a_document, an_article, the_articles

from monitor.topics.judging.matcher import Matcher
from monitor.topics.judging.sieve import Sieve
from monitor.topics.learning.feedback import Marked, remarked
from monitor.topics.learning.learn import learn, learn_with_remarks
from monitor.topics.rules.diff import changes, taken_back
from monitor.topics.rules.edit import edited
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Breadth, Cast, RuleError
from monitor.topics.vocabulary.read_document import ReadDocument

STORY = learn("ferry", the_articles())
# The same kind of event, in the same words, of other people.
SIBLING = a_document(
    "Calder ferry, sister of the Velmont, sinks off Sandmark",
    "The coast guard of Calder said that Ilse Tornau and Per Hegel of Kestrel Lines had left the harbour of Ostmark.",
)
OWN = a_document("Velmont ferry sinks near Brevik", "The coast guard said that Orrin Lines had been warned.")
COFFEE = (
    ("Coffee harvest falls in the highlands", "Growers of coffee expect less coffee than last year, for rain came late."),
    ("Exporters raise the price of coffee", "A bag of coffee costs a tenth more. Roasters say that coffee stays scarce."),
    ("Roasters turn to cheaper coffee", "Robusta coffee fills the gap. Drinkers hardly taste it, a survey on coffee finds."),
)  # fmt: skip


def coffee(number):
    title, text = COFFEE[number]
    return an_article(name=f"coffee-{number}.txt", title=title, text=text, sha256=f"{number:064x}")


def judged(rule, document):
    return Matcher({"t": rule}).judge(document)["t"]


def test_examples_of_one_story_make_a_story_and_examples_of_a_subject_do_not():
    """The kind of topic is detected from the examples, unless the owner sets it."""
    assert STORY.breadth is Breadth.STORY
    subject = learn("coffee", [coffee(number) for number in range(3)])
    assert subject.breadth is Breadth.WIDE
    assert subject.cast is None
    assert learn("ferry", the_articles(), breadth="wide").cast is None


def test_a_single_example_is_of_its_subject_if_it_keeps_naming_it_else_of_a_story():
    """One article that repeats coffee means coffee; one on a ferry off Brevik means that event."""
    assert learn("coffee", [coffee(0)]).breadth is Breadth.WIDE
    assert learn("ferry", [an_article(0)]).breadth is Breadth.STORY


def faces(number: int):
    titles = (
        "City council bans police use of facial recognition",
        "Facial recognition by police banned in the city",
        "Ban on facial recognition: police have to switch it off",
    )
    texts = (
        "The council banned facial recognition by police on Monday. Police used face recognition to search photos.",
        "Police may not use facial recognition any more. The council voted that face recognition on photos is banned.",
        "After a vote of the council police switch off facial recognition. They used face recognition on photos.",
    )
    return an_article(number, title=titles[number], text=texts[number])


def test_the_cast_holds_names_and_no_words_of_headlines():
    """A word that is capitalised only in a headline or at the beginning of a sentence is no name; `Ilse Tornau` is one."""
    article = an_article(
        title="Divers Search Hovercraft Off Brevik",
        text="Salvagers wait by the hovercraft near Velmont. Ilse Tornau, its owner, asked divers to hurry.",
    )
    assert learn("ferry", [article], breadth="story").cast.names == ("brevik", "velmont", "ilse", "tornau")


def test_a_note_says_which_kind_of_topic_was_detected():
    """The note says how to choose the subject; an owner who chose gets no note."""
    assert "say --breadth wide" in learn_with_remarks("ferry", the_articles()).remarks[-1]
    assert not learn_with_remarks("ferry", the_articles(), breadth="story").remarks


def test_where_two_ideas_meet_the_subject_is_taken():
    """Reports of one event that agree on two ideas are about their subject, which the note names."""
    found = learn_with_remarks("faces", [faces(number) for number in range(3)])
    assert found.rule.breadth is Breadth.WIDE
    assert found.rule.must == ("face recognition",)
    assert "about face recognition together with" in found.remarks[-1]
    assert "say --breadth story" in found.remarks[-1]


def test_one_example_says_that_it_is_not_sure():
    """The note of a single example on a story names both choices."""
    [note] = learn_with_remarks("ferry", [an_article(0)]).remarks
    assert note.startswith("one example does not show whether you mean its story or its subject")


def test_an_event_of_the_same_kind_and_other_people_is_another_story():
    """A similar event differs from the story in the names it mentions."""
    without = replace(STORY, cast=None)
    assert judged(without, SIBLING).matched
    assert not judged(STORY, SIBLING).matched
    assert judged(STORY, OWN).matched


def test_a_stranger_is_a_reason_that_can_be_read():
    """Each name outside the cast is listed with the points it takes off, twice as many in a title."""
    off = {why.term: why.weight for why in judged(STORY, SIBLING).why if why.weight < 0}
    assert {"calder (not in the cast)", "tornau (not in the cast)"} <= off.keys()
    assert off["sandmark (not in the cast)"] == pytest.approx(2 * off["tornau (not in the cast)"], abs=1e-3)


def test_names_that_the_rule_looks_for_are_no_strangers():
    """A name that the owner adds to a rule takes off no points."""
    text = format_rule(STORY).replace("[terms]\n", '[terms]\n"calder" = 0.5\n')
    assert not [why for why in judged(parse_rule(text, "t"), SIBLING).why if why.term.startswith("calder (")]


def test_a_title_in_capitals_names_nobody():
    """In a title all in capitals no word counts as a name."""
    shouted = a_document("VELMONT FERRY SINKS NEAR BREVIK AS TORNAU WARNED", OWN.summary)
    assert not [why for why in judged(STORY, shouted).why if why.weight < 0]


def test_a_capital_that_opens_a_sentence_is_no_stranger():
    """A common word at the start of a sentence is no name; `Ilse Tornau` is one."""
    item = a_document(
        "Divers reach the Velmont ferry near Brevik", "Salvagers wait. Ilse Tornau, coast guard, agreed."
    )
    off = {why.term for why in judged(STORY, item).why if why.weight < 0}
    assert off == {"ilse (not in the cast)", "tornau (not in the cast)"}


def test_a_rule_in_german_has_a_cast_without_nouns():
    """German writes every noun with a capital; only words that no list holds are names."""
    texts = (
        (
            "Fähre sinkt vor Brevik",
            "Die Fähre nach Velmont ging vor Brevik unter, die Küstenwache rettete Menschen.",
        ),
        (
            "Suche nach der Fähre vor Brevik",
            "Die Küstenwache sucht vor Brevik nach der Fähre, die nach Velmont fuhr.",
        ),
    )
    rule = learn(
        "ferry", [an_article(number, title=title, text=text) for number, (title, text) in enumerate(texts)]
    )
    assert rule.language == "de"
    assert rule.cast is not None
    assert rule.cast.names == ("brevik", "velmont")


def test_an_item_in_another_language_has_no_strangers():
    """No capitalised German noun takes off points from an English rule."""
    item = a_document(
        "Untergang der Velmont vor Brevik",
        "Die Küstenwache rettet mit einem Hubschrauber die Mannschaft.",
        language="de",
    )
    assert not ReadDocument(item).names_in("en").all
    same = a_document("Velmont sinks off Brevik", "The coast guard saves the crew with a helicopter.")
    assert ReadDocument(same).names_in("en").all


def test_a_cast_is_written_into_a_rule_file_as_its_owner_keeps_it():
    """Names from marks follow the owner's own and are removed with the mark; comments stay."""
    after = remarked(STORY, [Marked(document=SIBLING, meant=True)])
    text = format_rule(STORY).replace("stranger = 0.8", "stranger = 0.8  # as it was")
    written = edited(text, STORY, after)
    assert parse_rule(written, "t").cast == after.cast
    assert "# as it was" in written
    assert edited(written, after, STORY) == text
    own = replace(STORY, cast=Cast(stranger=0.8, names=("brevik",)))
    one = format_rule(own).replace('names = ["brevik"]', 'names = "brevik"')
    stricter = replace(own, cast=Cast(stranger=1.2, names=("brevik", "tornau")))
    assert parse_rule(edited(one, own, stricter), "t").cast == stricter.cast
    bare = replace(STORY, cast=None)
    assert parse_rule(edited(format_rule(bare), bare, STORY), "t").cast == STORY.cast


def test_a_mark_adds_names_to_the_cast_until_it_is_undone():
    """A mark `yes` adds the item's names; undoing it restores the cast."""
    after = remarked(STORY, [Marked(document=SIBLING, meant=True)])
    assert after.cast is not None
    assert {"tornau", "calder"} <= set(after.cast.names)
    assert judged(after, SIBLING).matched
    assert "cast: tornau" in {str(change) for change in changes(STORY, after)}
    assert taken_back(after, STORY, after) == STORY
    later = replace(after, threshold=11.0)
    assert taken_back(later, STORY, after).cast == STORY.cast


def test_a_larger_deduction_is_listed_as_a_change():
    """The owner sees how many points a name outside the cast subtracted before."""
    stricter = replace(STORY, cast=Cast(stranger=1.6, names=STORY.cast.names))
    assert [str(change) for change in changes(STORY, stricter)] == ["stranger: 0.80 → 1.60"]


def test_the_sieve_counts_strangers():
    """The sieve leaves out only topics that do not match."""
    sieve = Sieve({"story": STORY, "any": replace(STORY, cast=None)})
    assert {name for name, one in sieve.judge(SIBLING).items() if one.matched} == {"any"}
    assert {name for name, one in sieve.judge(OWN).items() if one.matched} == {"story", "any"}


@pytest.mark.parametrize(
    ("cast", "says"),
    [
        ("stranger = -1", "strangers would bring points"),
        ("stranger = 'many'", "stranger"),
        ("names = ['a']", "the cast has no stranger; add"),
        ("stranger = 1\nfriends = []", "friends"),
    ],
)
def test_an_invalid_cast_is_refused(cast, says):
    """The error has file, line, cause and fix, as for the rest of a rule."""
    with pytest.raises(RuleError, match=rf"t\.toml:\d+: .*{says}"):
        parse_rule(f'[terms]\n"a" = 1.0\n[cast]\n{cast}\n', "t.toml")
