"""How alike an item and a story are, and what speaks against one being of the other."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from monitor.stories.profile import UNIT, Profile, total_rarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NEAREST_SHARE = (
    0.6  # of the nearest item in the likeness; the mean has the rest, so that no item drags a story along
)
FADING = 0.94  # share of the likeness that fades with time
FADING_DAYS = 2.0  # until what can fade has fallen to a third: an event is covered within a day or two
CORE_SHARE = 0.53  # of a story's items that hold a name: then the story is about it
CORE_PENALTY = 0.35  # an item without any of the names the story is about
ACTORS_PENALTY = 0.2  # the titles name different ones: Microsoft's ban is not Amazon's
STRANGERS_PENALTY = 0.5  # nor does either text mention the other's actors
ROUND_UP_PENALTY = 0.8  # a title that names the actors of other stories too
NUMBERS_PENALTY = 0.2  # the titles give different figures, which the other's text does not know either


def cosine(one: Profile, other: Profile) -> int:
    """Return the likeness of two items from 0 to `UNIT`."""
    mine, theirs = one.weights, other.weights
    return min(UNIT, sum([mine[term] * theirs[term] for term in mine.keys() & theirs.keys()]) // UNIT)


def likeness(cosines: Sequence[int], gap_days: float) -> float:
    """Return from 0 to 1 how alike an item and a story are, by its cosines with the story's items.

    `gap_days` is the time to the nearest of them.
    """
    near = NEAREST_SHARE * max(cosines) + (1 - NEAREST_SHARE) * sum(cosines) / len(cosines)
    return near / UNIT * (1 - FADING + FADING * math.exp(-gap_days / FADING_DAYS))


def agreement(item: Profile, story: Sequence[Profile]) -> float:
    """Return by what to multiply a likeness: 1 if names and figures agree, less the more they conflict."""
    held = frozenset(item.stems)
    told = frozenset(term for one in story for term in one.stems)
    penalty = CORE_PENALTY * _missing_core(held, story) + ACTORS_PENALTY * _other_actors(item, story)
    if _strangers(item.title_names, _actors(story), held, told):
        penalty += STRANGERS_PENALTY
    if _strangers(item.title_numbers, _figures(story), held, told):
        penalty += NUMBERS_PENALTY
    return max(0.0, 1 - penalty)


def loyalty(item: Profile, story: Sequence[Profile], others: Iterable[Sequence[Profile]]) -> float:
    """Return by what to multiply a likeness: 1, less the more of its title's names act in other stories alone.

    A title that names the actors of several stories tells of all of them: it is a round-up, and of none.
    """
    mine = item.title_names
    foreign = mine - {name for one in story for name in one.title_names}
    if len(mine) == len(foreign) or not foreign:
        return 1.0
    acting = {name for other in others if len(other) > 1 for name in _actors(other)}
    return 1 - ROUND_UP_PENALTY * _share(foreign & acting, mine)


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


def _figures(story: Sequence[Profile]) -> frozenset[str]:
    return frozenset(number for one in story for number in one.title_numbers)


def _common(sets: Iterable[Iterable[str]], least: float) -> frozenset[str]:
    counts = Counter(term for terms in sets for term in terms)
    return frozenset(term for term, count in counts.items() if count >= least)


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    return total_rarity(part) / total_rarity(whole) if whole else 0.0
