"""Strategies for topics and documents over a small vocabulary, so that matches are frequent."""

from __future__ import annotations

from dataclasses import replace

from examples import a_document, the_articles
from hypothesis import strategies as st

from monitor.topics.learning.learn import learn
from monitor.topics.queries.query import parse_query
from monitor.topics.rules.rule import Facet, Rule, Term

STRIKE = Facet(name="strike", points=6.0, words=("strike", "walked out"), also=("stoppage",))
PORT = Facet(name="port", points=6.0, words=("port", "harbour"))
RULE = Rule(
    name="ports",
    facets=(STRIKE, PORT),
    terms=(Term(text="velmont", points=2.0), Term(text="film", points=-9.0)),
)

TOPICS = {
    "rule": RULE,
    "must": Rule(name="m", facets=(STRIKE, PORT), must=("port",)),
    "learnt": learn("ferry", the_articles()),
    "repeated": replace(RULE, name="repeated", repeated=1.0),
    "query": parse_query('"walked out" OR harb* NOT film', "q"),
}
VOCABULARY = st.sampled_from(
    (
        "strike",
        "port",
        "harbour",
        "velmont",
        "film",
        "ferry",
        "sinks",
        "off",
        "brevik",
        "the",
        "walked",
        "out",
        "rescuers",
        "stoppage",
        "orrin",
        "lines",
    )
)
PHRASES = st.lists(VOCABULARY, min_size=1, max_size=4).map(" ".join)
PARTS = st.dictionaries(
    PHRASES, st.floats(-5, 9).map(lambda points: round(points, 1)), min_size=1, max_size=5
)
ANY_RULE = st.builds(
    Rule,
    name=st.just("r"),
    threshold=st.sampled_from((4.0, 10.0)),
    repeated=st.sampled_from((0.0, 0.6)),
    terms=PARTS.map(lambda parts: tuple(Term(text=text, points=points) for text, points in parts.items())),
    facets=st.lists(
        st.builds(
            Facet,
            name=PHRASES,
            points=st.floats(1, 9).map(lambda points: round(points, 1)),
            words=st.lists(PHRASES, min_size=1, max_size=3).map(tuple),
            also=st.lists(PHRASES, max_size=2).map(tuple),
        ),
        max_size=3,
        unique_by=lambda facet: facet.name,
    ).map(tuple),
    must=st.lists(PHRASES, max_size=1).map(tuple),
    should=st.lists(PHRASES, max_size=2).map(tuple),
    never=st.lists(PHRASES, max_size=1).map(tuple),
)
DOCUMENTS = st.builds(
    lambda title, summary, text: a_document(" ".join(title), " ".join(summary), text=" ".join(text)),
    st.lists(VOCABULARY, max_size=8),
    st.lists(VOCABULARY, max_size=30),
    st.lists(VOCABULARY, max_size=9),
)
FIELDS = ("title", "summary", "text")
ATOMS = st.one_of(
    VOCABULARY,
    st.lists(VOCABULARY, min_size=1, max_size=3).map(lambda row: f'"{" ".join(row)}"'),
    VOCABULARY.map(lambda word: f"={word}"),
    VOCABULARY.map(lambda word: f"{word[:2]}*"),
    st.tuples(st.sampled_from(FIELDS), VOCABULARY).map(":".join),
    st.tuples(VOCABULARY, st.integers(0, 4), VOCABULARY).map(lambda near: "{} NEAR/{} {}".format(*near)),
)
ANY_QUERY = st.recursive(
    ATOMS,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(lambda texts: f"({' OR '.join(texts)})"),
        st.lists(parts, min_size=2, max_size=3).map(lambda texts: f"({' '.join(texts)})"),
        st.tuples(ATOMS, parts).map(lambda texts: f"({texts[0]} NOT {texts[1]})"),
    ),
    max_leaves=6,
)
