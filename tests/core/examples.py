"""Articles written for tests of learning and judging."""

from __future__ import annotations

from monitor.topics.vocabulary.document import Article, Document

TITLES = (
    "Velmont ferry sinks off Brevik with 60 aboard",
    "Rescuers search for missing after Velmont ferry sinks",
    "Velmont ferry: survivors tell of ten minutes to escape",
)
TEXTS = (
    """A ferry on its way to Velmont went down off Brevik in heavy seas. Rescuers pulled 41 people from the water.
    The Velmont ferry had left the harbour in spite of a storm warning, the coast guard said.""",
    """Boats and helicopters went on looking for passengers of the Velmont ferry that sank near Brevik.
    The coast guard said the ferry carried more people than it was allowed to.""",
    """Survivors of the Velmont ferry said that water came in through the car deck near Brevik.
    The owner of the ferry, Orrin Lines, said its crew had done all it could. The coast guard is asking questions.""",
)


def an_article(number=0, **more):
    values = {
        "name": f"ferry-{number + 1}.txt",
        "title": TITLES[number],
        "text": TEXTS[number],
        "sha256": f"{number:064x}",
    }
    return Article(**(values | more))


def the_articles():
    return [an_article(number) for number in range(len(TITLES))]


def a_document(title="", summary="", **more):
    return Document(**{"id": "1", "title": title, "summary": summary, **more})
