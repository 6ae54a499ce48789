"""The topic shipped with storywatch: its rule, its matches, and learning it again."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from monitor.text.words import words
from monitor.topics.judging.matcher import Matcher
from monitor.topics.judging.semantic import learnt_meaning
from monitor.topics.learning.articles import read_article
from monitor.topics.learning.learn import learn
from monitor.topics.rules.format import format_rule
from monitor.topics.rules.parse import parse_rule
from monitor.topics.vocabulary.document import Document
from monitor.topics.vocabulary.embeddings import PACKAGE, meanings

ROOT = Path(__file__).parents[2]
TOPIC = ROOT / "seeds" / "police-face-recognition"
ORIGINALS = sorted((ROOT.parent / "shared" / "seeds").glob("*.txt"))
BRIEFS = sorted(TOPIC.glob("brief-*.txt"))
NAME = "police-face-recognition"

ON_TOPIC = [
    (
        "City council bans police use of facial recognition",
        "Members voted 7-2 to stop officers from running faces.",
    ),
    (
        "Man wrongly arrested after face match sues police",
        "The suit says that facial recognition picked him.",
    ),
    (
        "Sheriff drops Clearview",
        "The county ended its contract with the face recognition company after an audit.",
    ),
    (
        "Live facial recognition vans for a British force",
        "Police will scan crowds in three towns this summer.",
    ),
    (
        "IBM leaves facial recognition",
        "It told Congress it will not sell tools for mass surveillance by police.",
    ),
    ("Microsoft holds back face recognition from police", "Its president wants a federal law first."),
    ("Amazon extends its ban on Rekognition for police", "The pause lasts until further notice."),
]
OFF_TOPIC = [
    (
        "Amazon earnings beat forecasts",
        "Quarterly profit at the retailer rose as its cloud unit kept growing.",
    ),
    (
        "Face ID learns to see through masks",
        "The phone unlocks with facial recognition while its owner is covered.",
    ),
    ("Police get body cameras", "The department will hand out 300 of them from June."),
    ("Airport opens gates with face recognition", "Travellers board without showing a pass."),
    ("Stadium greets fans by face", "Facial recognition opens the turnstile to season ticket holders."),
    ("Fires in the Amazon rainforest", "Satellites count more of them than in any August of the decade."),
    ("Police enforce a ban on fireworks", "Officers handed out fines on Sunday night."),
    ("Zoo tells pandas apart", "Facial recognition learnt from 120,000 pictures."),
    ("Pay with a smile", "Face recognition settles a restaurant's bill before guests reach for a wallet."),
]
# From the date line, the biography, the teasers, the form, the source line, the notice and the broken characters.
BOILERPLATE = (
    "blogger", "housewife", "crowther", "kylo", "geekwire", "nickelsburg", "monica", "hebrew", "reply", "email",
    "thursday", "november", "article", "read", "published", "required", "marked", "photo", "available", "post", "zdnet",
    "check", "cameras", "\ufffd",
)  # fmt: skip

RULE = parse_rule((TOPIC / "topic.toml").read_text(encoding="utf-8"), "topic.toml")


def learnt(paths):
    return learn(NAME, [read_article(path.read_bytes(), path.name) for path in paths], breadth="wide")


def judged(rule, title, summary):
    return Matcher({NAME: rule}).judge(Document(id="1", title=title, summary=summary))[NAME]


@pytest.mark.parametrize(("title", "summary"), ON_TOPIC)
def test_police_use_of_face_recognition_matches(title, summary):
    """Any force, city or company matches, by the delivered rule and by one learnt from our briefs."""
    assert judged(RULE, title, summary).matched
    assert judged(learnt(BRIEFS), title, summary).matched


@pytest.mark.parametrize(("title", "summary"), OFF_TOPIC)
def test_similar_subjects_do_not_match(title, summary):
    """Half of the topic is not enough."""
    assert not judged(RULE, title, summary).matched
    assert not judged(learnt(BRIEFS), title, summary).matched


def test_a_bill_in_parliament_is_law_and_one_in_a_restaurant_is_not():
    """An ambiguous word counts only beside words that decide its meaning."""
    assert judged(
        RULE, "A facial recognition bill in Congress", "It would set rules for those who scan faces."
    ).matched
    assert not judged(
        RULE, "Facial recognition in a diner", "It puts drinks on the bill of the wrong table."
    ).matched


def test_no_boilerplate_entered_the_rule():
    """No word of the rule comes from the text around the articles."""
    learnt_words = [term.text for term in RULE.terms] + [
        word for facet in RULE.facets for word in facet.words
    ]
    held = {word for text in learnt_words for word in words(text)}
    assert not held & set(BOILERPLATE)


def test_the_rule_is_readable():
    """It has few terms, facets with their words, and its sources."""
    facets = {facet.name: facet.words for facet in RULE.facets}
    assert {"face recognition", "facial recognition", "Rekognition"} <= set(facets["face recognition"])
    assert {"police", "law enforcement"} <= set(facets["police"])
    assert RULE.must == ("face recognition",)
    assert len(RULE.terms) <= 30
    assert len(RULE.learnt_from) == 5
    assert all(re.fullmatch(r"[0-9a-f]{64}", source.sha256) for source in RULE.learnt_from)


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.name)
def test_a_brief_is_a_short_article(path):
    """Each brief reports one article's facts in 80 to 150 words."""
    assert 80 <= len(path.read_text(encoding="utf-8").split()) <= 150
    assert read_article(path.read_bytes(), path.name).remarks == ()


originals_here = pytest.mark.skipif(not ORIGINALS, reason="the original articles are not here")


@originals_here
def test_the_rule_is_learnt_again_from_the_originals():
    """The file equals the output of `topics learn` on the five articles, byte for byte."""
    again = replace(learnt(ORIGINALS), meaning=RULE.meaning)
    assert format_rule(again) == (TOPIC / "topic.toml").read_text(encoding="utf-8")


@originals_here
@pytest.mark.skipif(find_spec(PACKAGE) is None, reason="the semantic extra is not installed")
def test_the_rule_holds_what_the_originals_mean():
    """With the extra, the delivered rule has the vector that learning gives, except for rounding."""
    again = learnt_meaning([read_article(path.read_bytes(), path.name) for path in ORIGINALS], meanings())
    assert again.agreement == pytest.approx(RULE.meaning.agreement, abs=0.01)
    ours, theirs = (
        np.frombuffer(b64decode(one.vector), dtype="int8").astype(float) for one in (again, RULE.meaning)
    )
    assert ours @ theirs / np.sqrt((ours @ ours) * (theirs @ theirs)) > 0.999


@originals_here
@pytest.mark.parametrize("path", [TOPIC / "topic.toml", *BRIEFS], ids=lambda path: path.name)
def test_no_sentence_of_the_originals_is_quoted(path):
    """No six successive words of an article are in the rule or in a brief."""
    own = words(path.read_text(encoding="utf-8"))
    rows = {tuple(own[at : at + 6]) for at in range(len(own) - 5)}
    for original in ORIGINALS:
        theirs = words(original.read_text(encoding="utf-8", errors="replace"))
        assert not rows & {tuple(theirs[at : at + 6]) for at in range(len(theirs) - 5)}
