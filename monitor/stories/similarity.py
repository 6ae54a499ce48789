"""The likeness of an item and a story, and the evidence against their belonging together."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from monitor.stories.profile import UNIT, Profile, total_rarity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

THRESHOLD = 0.083  # likeness, beyond what its surroundings ask, from which an item is of a story
CROWD_SHARE = 0.4  # of the crowding that a likeness must exceed
COHESION_SHARE = 0.2  # of the likeness of a story's items to each other, that a newcomer's must exceed too
NEAREST_SHARE = 0.6  # of the nearest item in the likeness; the mean has the rest: no item drags a story along
CROWD = 3  # nearest items that say how crowded it is around an item
UNKNOWN_CROWDING = 0.38  # of the first items of a topic
KNOWN_AFTER = 200  # items, until the assumption has fallen to a third
FADING = 0.94  # share of the likeness that fades with time
FADING_DAYS = 2.0  # until what can fade has fallen to a third: an event is covered within a day or two
CORE_SHARE = 0.6  # of a story's items that hold a name: then the story is about it
CORE_PENALTY = 0.2  # an item without any of the names the story is about
ACTORS_PENALTY = 0.1  # the titles name different ones: Microsoft's ban is not Amazon's
STRANGERS_PENALTY = 0.2  # nor does either text mention the other's actors
SETTLED = 4  # items after which a story has mentioned all who matter to it
NEWCOMER_PENALTY = 0.7  # the title tells of someone else, whom the story has not mentioned so far
ROUND_UP = 2  # other stories whose actors a title names: then it tells of all of them
ESTABLISHED = 3  # items of each of two stories whose actors a title lists: one is enough to tell of both
SHARED_STEMS = 2  # that an item and its story have in common at least: one word is a subject
NAMELESS_PENALTY = 0.8  # the story mentions none of the item's names and figures: a subject, not an event
NUMBERS_PENALTY = 0.15  # the titles give different figures, which the other's text does not know either


def cosine(one: Profile, other: Profile) -> int:
    """Return the likeness of two items from 0 to `UNIT`."""
    mine, theirs = one.weights, other.weights
    return min(UNIT, sum([mine[term] * theirs[term] for term in mine.keys() & theirs.keys()]) // UNIT)


def faded(cosine_: int, gap_days: float) -> float:
    """Return the likeness, from 0 to 1, of two items that are this far apart in time."""
    return cosine_ / UNIT * (1 - FADING + FADING * math.exp(-gap_days / FADING_DAYS))


def likeness(alike: Sequence[float]) -> float:
    """Return the likeness of an item and a story, from 0 to 1, by its likeness to the story's items."""
    return NEAREST_SHARE * max(alike) + (1 - NEAREST_SHARE) * sum(alike) / len(alike)


def crowding(alike: Iterable[float], grouped: int) -> float:
    """Return the likeness of an item to its nearest items, whatever their stories.

    Where everybody writes of one thing, likeness says less of the event: what an item must have in common with a story
    grows with it. Of the first items of a topic, after `grouped` others, it is not known yet, and assumed.
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
    """Return how much more alike an item and a story are than their surroundings ask; from `THRESHOLD` on, it fits.

    `alike` are the likenesses to the story's items; `cohesion` tells how alike these are to each other.
    """
    similarity = likeness(alike) - CROWD_SHARE * crowd
    if similarity >= THRESHOLD:
        similarity -= COHESION_SHARE * cohesion()
    if similarity >= THRESHOLD:
        similarity *= agreement(item, story)
    return similarity


def agreement(item: Profile, story: Sequence[Profile]) -> float:
    """Return the factor of a likeness: 1 if names and figures agree, less the more they conflict."""
    held = frozenset(item.stems)
    told = frozenset[str]().union(*(one.stems for one in story))
    if len(held & told) < SHARED_STEMS:
        return 0.0
    actors = _actors(story)
    penalty = CORE_PENALTY * _missing_core(held, story) + ACTORS_PENALTY * _other_actors(item, story)
    if _strangers(item.title_names, actors, held, told):
        penalty += STRANGERS_PENALTY
    if len(story) >= SETTLED and _newcomer(item, actors, told):
        penalty += NEWCOMER_PENALTY
    if _strangers(item.title_numbers, _figures(story), held, told):
        penalty += NUMBERS_PENALTY
    if told.isdisjoint(item.marks) and _has_name(item) and any(_has_name(one) for one in story):
        penalty += NAMELESS_PENALTY
    return max(0.0, 1 - penalty)


def is_round_up(item: Profile, story: Sequence[Profile], others: Iterable[Sequence[Profile]]) -> bool:
    """Whether a title names the actors of several other stories too: such an item belongs to none of them."""
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
    """Count the settled stories whose actors a title names, of those that share no actor with one another."""
    counted, seen = 0, set(actors)
    for acting in (_actors(other) for other in others if len(other) > 1):
        if seen.isdisjoint(acting) and not foreign.isdisjoint(acting):
            counted += 1
            seen |= acting
    return counted


def _actors(story: Sequence[Profile]) -> frozenset[str]:
    return _common((one.title_names for one in story), len(story) / 2)


def _missing_core(held: frozenset[str], story: Sequence[Profile]) -> float:
    """Return the share, by rarity, of the names and numbers the story is about that the item does not hold."""
    if len(story) == 1:
        return 0.0  # one item's names are not yet what the story is about
    core = _common((one.marks for one in story), len(story) * CORE_SHARE)
    return _share(core - held, core)


def _other_actors(item: Profile, story: Sequence[Profile]) -> float:
    """Return how far the title's names and those of the story's titles exclude each other."""
    actors = _common((one.title_names | one.title_numbers for one in story), len(story) / 2)
    mine = item.title_names | item.title_numbers
    return min(_share(mine - actors, mine), _share(actors - mine, actors))


def _strangers(
    mine: frozenset[str], theirs: frozenset[str], held: frozenset[str], told: frozenset[str]
) -> bool:
    """Whether an item and a story both call something by name in the title and neither mentions the other's."""
    return bool(mine and theirs) and mine.isdisjoint(told) and theirs.isdisjoint(held)


def _newcomer(item: Profile, actors: frozenset[str], told: frozenset[str]) -> bool:
    """Whether a title begins with a name and the story has mentioned none of the title's names, nor they its actors."""
    mine = item.title_names
    return bool(actors) and item.subject is not None and mine.isdisjoint(told) and mine.isdisjoint(actors)


def _has_name(item: Profile) -> bool:
    return any(not mark[0].isdigit() for mark in item.marks)


def _figures(story: Sequence[Profile]) -> frozenset[str]:
    return frozenset(number for one in story for number in one.title_numbers)


def _common(sets: Iterable[Iterable[str]], least: float) -> frozenset[str]:
    counts = Counter(chain.from_iterable(sets))
    return frozenset(term for term, count in counts.items() if count >= least)


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return total_rarity(part) / total_rarity(whole) if whole else 0.0
