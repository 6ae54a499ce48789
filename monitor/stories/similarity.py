"""The similarity of an item and a story, and evidence that they do not belong together."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from monitor.stories.profile import UNIT, Profile, total_rarity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

THRESHOLD = 0.083  # similarity above that of the surroundings from which an item joins a story
CROWD_SHARE = 0.4  # share of the crowding that the similarity must exceed
COHESION_SHARE = 0.2  # share of the cohesion of a story that the similarity must exceed too
NEAREST_SHARE = (
    0.6  # weight of the nearest item; the mean has the rest, so that a single item does not decide
)
CROWD = 3  # nearest items from which the crowding is computed
UNKNOWN_CROWDING = 0.38  # assumed crowding of the first items of a topic
KNOWN_AFTER = 200  # items after which the assumption has fallen to a third
FADING = 0.94  # share of the similarity that fades with time
FADING_DAYS = 3.0  # time after which that share has fallen to a third: an event is covered within days
CORE_SHARE = 0.6  # share of a story's items with a name from which the story is about that name
CORE_PENALTY = 0.2  # factor for an item without any of the names the story is about
ACTORS_PENALTY = 0.1  # the titles have different names: Microsoft's ban is not Amazon's
STRANGERS_PENALTY = 0.2  # and neither text mentions the other's actors
SETTLED = 4  # items after which a story has mentioned all of its actors
NEWCOMER_PENALTY = 0.7  # the title begins with a name that the story has not mentioned
ROUND_UP = 2  # number of other stories with actors in a title from which the item is a round-up
ESTABLISHED = 3  # items that each of two stories must have if a title lists actors of both
SHARED_STEMS = 2  # words that an item and its story must share: a single one is a subject, not an event
NAMELESS_PENALTY = (
    0.8  # the story has none of the item's names and figures: the same subject, but not the same event
)
EDITION_DAYS = 0.8  # between two pages of one feed with the same title, from which they are two editions
SAME_TEXT = 0.6  # share of words in common from which the second is the same report, published again
EARLIER_DAYS = 0.5  # before the nearest item: older items show what the story was about before a development
EARLIER_SHARE = 0.75  # share of the threshold that an item needs with these older items …
NEAREST_EARLIER_SHARE = 0.5  # … if the nearest item has this share; with less, the owner put it there
FEW_LATER = 2  # later items of a story; with more, the development is part of the story
NUMBERS_PENALTY = 0.15  # the titles have different figures, which the other's text does not have either


def is_next_edition(item: Profile, earlier: Profile, gap_days: float) -> bool:
    """Return whether an item is a page that its feed publishes again and again under one title.

    A daily briefing, a live blog, a list of cases or a weekly notice has other content in each edition.
    """
    if item.page is None or item.page != earlier.page or abs(gap_days) < EDITION_DAYS:
        return False
    own, known = frozenset(item.stems), frozenset(earlier.stems)
    has_text = item.has_text and earlier.has_text
    return not has_text or len(own & known) < SAME_TEXT * max(len(own), len(known))


def cosine(one: Profile, other: Profile) -> int:
    """Return the similarity of two items, from 0 to `UNIT`."""
    mine, theirs = one.weights, other.weights
    return min(UNIT, sum([mine[term] * theirs[term] for term in mine.keys() & theirs.keys()]) // UNIT)


def faded(cosine_: int, gap_days: float) -> float:
    """Return the similarity, from 0 to 1, of two items after the effect of their distance in time."""
    return cosine_ / UNIT * (1 - FADING + FADING * math.exp(-gap_days / FADING_DAYS))


def likeness(alike: Sequence[float]) -> float:
    """Return the similarity of an item and a story, from 0 to 1, from the similarities to the story's items."""
    return NEAREST_SHARE * max(alike) + (1 - NEAREST_SHARE) * sum(alike) / len(alike)


def crowding(alike: Iterable[float], grouped: int) -> float:
    """Return the similarity of an item to its nearest items, whatever their stories.

    Where all items are about one thing, similarity is weaker evidence for the same event, so an item must share more
    with a story. For the first items of a topic, after `grouped` others, the value is partly an assumed one.
    """
    nearest = sorted(alike, reverse=True)[:CROWD]
    return max(sum(nearest) / CROWD, UNKNOWN_CROWDING * math.exp(-grouped / KNOWN_AFTER))


def beyond(
    alike: Sequence[float],
    crowd: float,
    cohesion: Callable[[], float],
    item: Profile,
    story: Sequence[Profile],
) -> float:
    """Return the similarity of an item and a story above that of the surroundings; from `THRESHOLD` on the item fits.

    `alike` has the similarities to the story's items; `cohesion` is the similarity of these to each other.
    """
    similarity = likeness(alike) - CROWD_SHARE * crowd
    if similarity >= THRESHOLD:
        similarity -= COHESION_SHARE * cohesion()
    if similarity >= THRESHOLD:
        similarity *= agreement(item, story)
    return similarity


def agreement(item: Profile, story: Sequence[Profile]) -> float:
    """Return the factor of a similarity: 1 if names and figures agree, less the more they conflict."""
    held = frozenset(item.stems)
    stems = frozenset[str]().union(*(one.stems for one in story))
    if len(held & stems) < SHARED_STEMS:
        return 0.0
    actors = _actors(story)
    penalty = CORE_PENALTY * _missing_core(held, story) + ACTORS_PENALTY * _other_actors(item, story)
    named = frozenset[str]().union(*(one.marks for one in story))
    # What the other writes without a capital is no name: a headline begins with a capital anyway.
    mine, theirs = item.title_names - (stems - named), actors - (held - frozenset(item.marks))
    if _strangers(mine, theirs, held, stems):
        penalty += STRANGERS_PENALTY
    if len(story) >= SETTLED and _newcomer(item, actors, stems):
        penalty += NEWCOMER_PENALTY
    if _strangers(item.title_numbers, _figures(story), held, stems):
        penalty += NUMBERS_PENALTY
    if stems.isdisjoint(item.marks) and _has_name(item) and any(_has_name(one) for one in story):
        penalty += NAMELESS_PENALTY
    return max(0.0, 1 - penalty)


def is_round_up(item: Profile, story: Sequence[Profile], others: Iterable[Sequence[Profile]]) -> bool:
    """Return whether a title names actors of several other stories too; such an item belongs to none of them."""
    mine, actors = item.title_names, _actors(story)
    foreign = mine - actors
    if not foreign or len(foreign) == len(mine):
        return False
    others = list(others)
    if _others_named(foreign, actors, others) >= ROUND_UP:
        return True
    if len(story) < ESTABLISHED or item.listed.isdisjoint(actors):
        return False
    established = [other for other in others if len(other) >= ESTABLISHED]
    return _others_named(item.listed - actors, actors, established) > 0


def _others_named(
    foreign: frozenset[str], actors: frozenset[str], others: Iterable[Sequence[Profile]]
) -> int:
    """Return the number of settled stories, with no actor in common, whose actors a title names."""
    counted, seen = 0, set(actors)
    for acting in (_actors(other) for other in others if len(other) > 1):
        if seen.isdisjoint(acting) and not foreign.isdisjoint(acting):
            counted += 1
            seen |= acting
    return counted


def _actors(story: Sequence[Profile]) -> frozenset[str]:
    return _common((one.title_names for one in story), len(story) / 2)


def _missing_core(held: frozenset[str], story: Sequence[Profile]) -> float:
    """Return the share, by rarity, of the names and numbers the story is about that the item does not have."""
    if len(story) == 1:
        return 0.0  # the names of a single item do not yet show what the story is about
    core = _common((one.marks for one in story), len(story) * CORE_SHARE)
    return _share(core - held, core, story[0].language)


def _other_actors(item: Profile, story: Sequence[Profile]) -> float:
    """Return how much the names in the item's title and in the story's titles contradict each other."""
    actors = _common((one.title_names | one.title_numbers for one in story), len(story) / 2)
    mine = item.title_names | item.title_numbers
    return min(_share(mine - actors, mine, item.language), _share(actors - mine, actors, story[0].language))


def _strangers(
    mine: frozenset[str], theirs: frozenset[str], held: frozenset[str], stems: frozenset[str]
) -> bool:
    """Return whether an item's and a story's titles both have names and neither mentions the other's."""
    return bool(mine and theirs) and mine.isdisjoint(stems) and theirs.isdisjoint(held)


def _newcomer(item: Profile, actors: frozenset[str], stems: frozenset[str]) -> bool:
    """Return whether a title begins with a name and neither its names nor the story's actors occur in the other."""
    mine = item.title_names
    return bool(actors) and item.subject is not None and mine.isdisjoint(stems) and mine.isdisjoint(actors)


def _has_name(item: Profile) -> bool:
    return any(not mark[0].isdigit() for mark in item.marks)


def _figures(story: Sequence[Profile]) -> frozenset[str]:
    return frozenset(number for one in story for number in one.title_numbers)


def _common(sets: Iterable[Iterable[str]], least: float) -> frozenset[str]:
    counts = Counter(chain.from_iterable(sets))
    return frozenset(term for term, count in counts.items() if count >= least)


def _share(part: frozenset[str], whole: frozenset[str], language: str) -> float:
    return total_rarity(part, language) / total_rarity(whole, language) if whole else 0.0
