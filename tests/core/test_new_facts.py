"""The new terms of a story are those of new facts, not of another copy."""

from __future__ import annotations

from monitor.stories.new_facts import new_terms
from monitor.topics.vocabulary.document import Document


def documents(*texts: tuple[str, str], outlet: str = "Outlet") -> list[Document]:
    return [
        Document(id=str(at), title=title, summary=summary, feed=f"{outlet} {at}")
        for at, (title, summary) in enumerate(texts)
    ]


TOLD = documents(
    (
        "Port Allard council bars police from face recognition",
        "The council of Port Allard voted on Tuesday to forbid its police to use face recognition.",
    ),
    (
        "Face recognition ban passes in Port Allard",
        "Councillors in Port Allard have barred the police from face recognition.",
    ),
)
COPY = (
    "Port Allard bars face recognition by police",
    "Port Allard's council forbids its police to use face recognition, it voted on Tuesday.",
)
RULING = (
    "Judge issues injunction against Port Allard face recognition ban",
    "Judge Marlow suspended the ordinance after the vendor Corvatec filed a lawsuit in the appellate court.",
)
RULING_AGAIN = (
    "Injunction halts Port Allard's ban on police face recognition",
    "The appellate court, by Judge Marlow, sides with Corvatec, whose lawsuit suspended the ordinance.",
)


def test_two_outlets_with_a_new_fact_bring_its_words() -> None:
    """The rarest shared new words are returned, as the items spell them."""
    terms = new_terms(TOLD, documents(RULING, RULING_AGAIN))
    assert {"Corvatec", "Marlow"} <= set(terms)
    assert len(terms) <= 4


def test_one_outlet_alone_brings_nothing() -> None:
    """Words used by one outlet only are no new fact, even if it repeats them."""
    assert new_terms(TOLD, documents(RULING)) == ()
    assert new_terms(TOLD, [documents(RULING)[0], documents(RULING_AGAIN)[0]]) == ()


def test_copies_bring_nothing() -> None:
    """Copies of one text have no new fact, however many there are."""
    assert new_terms(TOLD, documents(*[COPY] * 6)) == ()


def test_what_was_told_is_not_new() -> None:
    """A fact that was in an earlier alert is not new."""
    assert new_terms([*TOLD, *documents(RULING)], documents(RULING, RULING_AGAIN)) == ()


def test_a_new_fact_is_in_two_headlines() -> None:
    """Words that only the texts share, and no titles, are no new fact."""
    buried = [(COPY[0], RULING[1]), (COPY[0], RULING_AGAIN[1])]
    assert new_terms(TOLD, documents(*buried)) == ()


def test_a_language_of_no_alerted_item_brings_no_facts() -> None:
    """Every word of a translation is new, but tells nothing new."""
    german = documents(
        (
            "Gemeinderat von Port Allard verbietet Gesichtserkennung",
            "Der Gemeinderat untersagte der Polizei am Dienstag die Gesichtserkennung, Bürgerrechtler jubeln.",
        ),
        (
            "Port Allard verbietet der Polizei die Gesichtserkennung",
            "Bürgerrechtler jubeln: Der Gemeinderat hat der Polizei die Gesichtserkennung untersagt.",
        ),
        outlet="Zeitung",
    )
    assert new_terms(TOLD, german) == ()
    assert new_terms(TOLD + german[:1], [*german[1:], *documents(RULING, RULING_AGAIN)]) != ()
