"""A chain of four related events, written for tests: four stories and two round-ups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.stories.index import StoryIndex
from monitor.text.names import listed
from monitor.topics.vocabulary.document import Document

# Hours since the morning of 8 June 2020, event, title, summary.
CHAIN = (
    (15.0, "ibm", "IBM walks away from the face recognition business",
     "Chief executive Arvind Krishna tells Congress that IBM will stop selling general purpose face recognition."),
    (17.5, "ibm", "IBM ends facial recognition work, citing mass surveillance",
     "In a letter to Congress, Krishna says IBM no longer offers the software and opposes its use for profiling."),
    (20.0, "ibm", "Krishna letter: IBM drops facial recognition and asks for police reform",
     "IBM told lawmakers it gives up facial recognition products and supports a reform of policing."),
    (26.0, "ibm", "Why IBM is quitting facial recognition",
     "IBM's exit from facial recognition, announced in Krishna's letter, costs it little revenue."),
    (62.0, "amazon", "Amazon bars police from Rekognition for a year",
     "Amazon suspends police use of its face matching service Rekognition for twelve months."),
    (63.0, "amazon", "One year without Rekognition: Amazon pauses sales to police",
     "The company hopes that a one-year moratorium gives Congress time to pass rules for Rekognition."),
    (65.0, "amazon", "Amazon announces moratorium on police use of facial recognition",
     "Police departments may not use Amazon's Rekognition for one year, the company writes in a short post."),
    (70.0, "amazon", "After protests, Amazon halts Rekognition for police departments",
     "Civil rights groups welcome Amazon's one-year moratorium but want police kept from Rekognition for good."),
    (74.0, "amazon", "What Amazon's Rekognition moratorium leaves open",
     "Amazon does not say whether the one-year pause of Rekognition binds federal agencies."),
    (82.0, "microsoft", "Microsoft will not sell facial recognition to police either",
     "President Brad Smith says Microsoft waits for a federal law before it sells the technology to police."),
    (83.5, "microsoft", "Brad Smith: no Microsoft face recognition for police without a law",
     "Microsoft has not sold the technology to police departments and will not until a national law is in place."),
    (85.0, "microsoft", "Microsoft joins rivals and holds back face recognition from police",
     "After Amazon and IBM, Microsoft President Smith says police will not get its software before a federal law."),
    (88.0, "microsoft", "Microsoft holds police sales of facial recognition until Congress acts",
     "Smith told an online event that Microsoft wants a law grounded in human rights first."),
    (92.0, "round-up", "IBM, Amazon and Microsoft step back from police face recognition",
     "Within a week three companies have limited what police may buy. A look at what each of them promised."),
    (97.0, "round-up", "Three in a week: how Amazon, IBM and Microsoft turned on police face recognition",
     "IBM gave up the business, Amazon took a year's break and Microsoft waits for a law: the promises compared."),
    (8236.0, "extension", "Amazon extends its ban on police use of Rekognition",
     "The pause that was to end in June 2021 now holds until further notice, Amazon says."),
    (8237.0, "extension", "Rekognition stays off limits for police until further notice",
     "Amazon prolongs last year's moratorium on police use of its face recognition without naming an end."),
    (8239.0, "extension", "Amazon's police moratorium on facial recognition gets no end date",
     "Amazon extends the ban indefinitely: police remain shut out of Rekognition until further notice."),
    (8243.0, "extension", "Amazon indefinitely extends police ban on facial recognition software",
     "The company had announced a pause of one year in June 2020 and now keeps it until further notice."),
)  # fmt: skip
START = datetime(2020, 6, 8, tzinfo=UTC)


def _grouped() -> dict[str, list[int]]:
    """Return the stories that the items of each event went into, in the order of the items."""
    index = StoryIndex()
    placed: dict[str, list[int]] = {}
    for number, (hours, event, title, summary) in enumerate(CHAIN):
        document = Document(id=str(number), title=title, summary=summary)
        at = START + timedelta(hours=hours)
        placement = index.find(document, at)
        story = number if placement is None else placement.story
        index.add(document, at, story)
        placed.setdefault(event, []).append(story)
    return placed


def test_each_event_of_the_chain_is_one_whole_story():
    """Amazon's ban, IBM's exit, Microsoft's hold and the extension are four stories, none of them split."""
    placed = _grouped()
    events = [placed[event] for event in ("ibm", "amazon", "microsoft", "extension")]
    assert [len(set(stories)) for stories in events] == [1, 1, 1, 1]
    assert len({stories[0] for stories in events}) == 4


def test_round_ups_swallow_no_event():
    """Round-ups form a story of their own or join that of the company they lead with."""
    placed = _grouped()
    leads = {placed["ibm"][0], placed["amazon"][0]}
    first, second = placed["round-up"]
    own = {*placed["ibm"], *placed["amazon"], *placed["microsoft"], *placed["extension"]}
    assert (first == second and first not in own) or {first, second} <= leads


def test_the_extension_continues_the_ban():
    """A year later it is a new story with the older one as predecessor; the other first items continue none."""
    index = StoryIndex()
    continued: dict[str, str | None] = {}
    opened: dict[int, str] = {}
    for number, (hours, event, title, summary) in enumerate(CHAIN):
        document, at = (
            Document(id=str(number), title=title, summary=summary),
            START + timedelta(hours=hours),
        )
        placement = index.find(document, at)
        if placement is None:
            before = index.continued(document)
            continued[event] = None if before is None else opened[before]
            opened[number] = event
        index.add(document, at, number if placement is None else placement.story)
    assert continued["extension"] == "amazon"
    assert [continued[event] for event in ("ibm", "amazon", "microsoft")] == [None, None, None]


def test_a_title_that_lists_two_companies_is_of_neither_story():
    """A round-up is recognised by its list of names; a second one joins the first, and not the company named last."""
    index = StoryIndex()
    for number, (hours, event, title, summary) in enumerate(CHAIN):
        if event in {"amazon", "microsoft"}:
            at = START + timedelta(hours=hours)
            document = Document(id=str(number), title=title, summary=summary)
            placement = index.find(document, at)
            index.add(document, at, number if placement is None else placement.story)
    summary = "Microsoft waits for a federal law before it sells to police, Amazon pauses for a year."
    at = START + timedelta(hours=89)
    first, second = (
        Document(id=title, title=title, summary=summary)
        for title in (
            "Amazon and Microsoft will not sell facial recognition to police",
            "Facial recognition: Amazon and Microsoft keep it from police",
        )
    )
    assert index.find(first, at) is None
    index.add(first, at, 99)
    placement = index.find(second, at + timedelta(hours=1))
    assert placement is not None
    assert placement.story == 99


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("IBM, Amazon and Microsoft step back", {"ibm", "amazon", "microsoft"}),
        ("Three in a week: Amazon And Microsoft", {"amazon", "microsoft"}),
        ("Amazon und Siemens pausieren", {"amazon", "siemen"}),
        ("Amazon, after IBM, pauses", set()),
        ("Amazon extends its ban on Rekognition", set()),
        ("Rights and wrongs of Amazon", set()),
    ],
)
def test_a_list_of_names_is_recognised(title, found):
    """Names joined by a comma or by `and`; what is no name is no part of it."""
    assert listed(title) == found
