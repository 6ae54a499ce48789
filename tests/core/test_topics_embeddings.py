"""The semantic extra: a second opinion near the threshold, and items in other languages than the rule's."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import pytest
from examples import a_document, an_article, the_articles

from monitor.topics.judging.matcher import Matcher
from monitor.topics.judging.semantic import BAND, WEIGHT, learnt_meaning
from monitor.topics.judging.sieve import Sieve
from monitor.topics.learning.feedback import Marked, remarked
from monitor.topics.learning.learn import learn
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.rules.rule import Facet, Meaning, Rule, RuleError, Term
from monitor.topics.vocabulary.embeddings import PACKAGE, SIZE, meanings

extra = pytest.mark.skipif(find_spec(PACKAGE) is None, reason="the semantic extra is not installed")

POLICE = Rule(
    name="t",
    facets=(
        Facet(name="face recognition", points=12.0, words=("face recognition", "facial recognition")),
        Facet(name="police", points=4.0, words=("police", "officers")),
        Facet(name="ban", points=1.0, words=("ban", "moratorium")),
    ),
    terms=(Term(text="amazon", points=3.0),),
    must=("face recognition",),
)


def judged(rule, title, summary="", **more):
    return Matcher({"t": rule}).judge(a_document(title, summary, **more))["t"]


def meaning_of_the_ferry():
    return learnt_meaning(the_articles(), meanings())


@extra
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "Polizei setzt Gesichtserkennung an Bahnhöfen ein"),
        ("fr", "La police veut la reconnaissance faciale dans la rue"),
        ("es", "La policía usará el reconocimiento facial en el metro"),
    ],
)
def test_an_item_in_another_language_matches_by_meaning(language, title):
    """An item on the subject matches, with its language from the feed or detected, and gives the reason."""
    for given in (language, None):
        judgement = judged(POLICE, title, language=given)
        assert judgement.matched
        assert judgement.why[0].term == "meaning, in another language"


@extra
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "Gemeinderat beschließt neue Radwege am Fluss"),
        ("fr", "La récolte de blé souffre de la sécheresse"),
        ("es", "El equipo local gana la final de baloncesto"),
        ("fi", "Poliisi käyttää kasvojentunnistusta asemilla"),
    ],
)
def test_another_subject_or_an_unknown_language_does_not(language, title):
    """An item with another meaning does not match; one in a language the model lacks is not compared."""
    assert not judged(POLICE, title, language=language).matched


@extra
def test_a_narrow_rule_requires_its_names_in_every_language():
    """An item on the subject without the event's name does not match."""
    narrow = parse_rule(
        format_rule(replace(POLICE, must=("amazon",))).replace('"wide"', '"narrow"'), "t.toml"
    )
    assert judged(narrow, "Amazon: Polizei darf Gesichtserkennung nicht nutzen", language="de").matched
    assert not judged(narrow, "Polizei setzt Gesichtserkennung an Bahnhöfen ein", language="de").matched


@extra
def test_required_ideas_are_required_in_every_language():
    """A telephone that recognises faces is close to face recognition, but has nothing to do with police."""
    phone = (
        "Gesichtserkennung am Handy klappt nicht mehr",
        "Face ID versagt mit Bart; unser Ratgeber hilft mit einem langen Zahlencode.",
    )
    insisting = replace(POLICE, should=("police", "ban"))
    assert judged(replace(insisting, should=()), *phone, language="de").matched
    assert not judged(insisting, *phone, language="de").matched
    assert judged(insisting, "Polizei setzt Gesichtserkennung an Bahnhöfen ein", language="de").matched


@extra
def test_near_the_threshold_meaning_decides_and_elsewhere_words_do():
    """Meaning changes scores within a band around the threshold, by a bounded factor; other scores stay."""
    plain = learn("t", the_articles())
    rule = replace(plain, meaning=meaning_of_the_ferry())
    other = ("Velmont council debates a bakery off the market square", "Brevik bakers want cheaper flour.")
    points = judged(plain, *other).points
    at_the_threshold = replace(rule, threshold=points)
    revised = judged(at_the_threshold, *other)
    assert judged(replace(plain, threshold=points), *other).matched
    assert not revised.matched
    assert revised.why[-1].term == "meaning"
    assert points * (1 - WEIGHT) < revised.points < points
    far = replace(rule, threshold=points * (1 + 2 * BAND))
    assert judged(far, *other).points == points


@extra
@pytest.mark.parametrize("share", [0.7, 1.0, 1.3])
def test_the_daemon_judges_by_meaning_as_a_backtest_does(share):
    """The sieve keeps items that meaning may lift over the threshold."""
    plain = learn("t", the_articles())
    item = a_document("Divers reach wreck of a ship", "Rescuers searched the sea off Brevik for survivors.")
    points = Matcher({"t": plain}).judge(item)["t"].points
    rules = {"near": replace(plain, threshold=points / share, meaning=meaning_of_the_ferry()), "t": POLICE}
    abroad = a_document("Polizei setzt Gesichtserkennung an Bahnhöfen ein", "Amazon liefert sie.")
    for document in (item, abroad):
        every, few = Matcher(rules).judge(document), Sieve(rules).judge(document)
        for name in rules:
            assert few[name].matched == every[name].matched
            if every[name].matched:
                assert (few[name].score, few[name].why) == (every[name].score, every[name].why)
    assert Sieve(rules).judge(abroad)["t"].matched


@extra
def test_conditions_hold_whatever_an_item_means():
    """A condition of a rule in its own language is never overruled by meaning."""
    rule = replace(learn("t", the_articles()), meaning=meaning_of_the_ferry(), must=("Orrin Lines",))
    item = ("Divers reach wreck of Velmont ferry", "The ferry lies off Brevik; 12 are missing.")
    assert judged(rule, *item).score == judged(replace(rule, meaning=None), *item).score < 0.5


@extra
def test_what_examples_mean_is_kept_in_the_rule_and_read_back():
    """The vector in the rule is reproducible; a single example has none, because it gives no distance."""
    rule = replace(learn("t", the_articles()), meaning=meaning_of_the_ferry())
    assert rule.meaning == meaning_of_the_ferry()
    assert parse_rule(format_rule(rule), "t.toml") == rule
    assert learnt_meaning([an_article()], meanings()) is None


def test_a_broken_meaning_is_named_with_its_line():
    """A truncated vector is an error and never changes scores silently."""
    text = format_rule(replace(POLICE, meaning=Meaning(agreement=0.7, vector="A" * (SIZE // 3 * 4))))
    with pytest.raises(RuleError, match=r"t\.toml:\d+: not the 512 bytes of a meaning; learn the rule again"):
        parse_rule(text, "t.toml")


@extra
def test_a_marked_item_keeps_its_side_despite_meaning():
    """Marks account for meaning, which could otherwise lift an unwanted item over the threshold again."""
    plain = learn("t", the_articles())
    item = a_document(
        "Divers reach wreck of a ship", "Rescuers searched the sea off Brevik for survivors.", id="9"
    )
    points = Matcher({"t": plain}).judge(item)["t"].points
    meaning = meaning_of_the_ferry()
    speaks_for_it = replace(meaning, agreement=meaning.agreement - 0.5)
    rule = replace(plain, threshold=points / 1.05, meaning=speaks_for_it)
    assert Matcher({"t": rule}).judge(item)["t"].points > 1.1 * points
    after = remarked(rule, [Marked(document=item, meant=False, sha256="0" * 64)])
    assert not Matcher({"t": after}).judge(item)["t"].matched
