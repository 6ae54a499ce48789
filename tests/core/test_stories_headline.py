"""The headline of a growing story is the item that a comparison of all its items finds."""

from __future__ import annotations

from collections import Counter, UserDict
from collections.abc import ItemsView
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.headline import Headline

TERMS = [f"w{number}" for number in range(12)]
weights = st.dictionaries(st.sampled_from(TERMS), st.integers(1, 1000), min_size=1, max_size=6)
Weights = dict[str, int]


def compared(items: list[Weights]) -> int:
    """Return the most central item by comparing each with the sum of all."""
    centre = Counter[str]()
    for item in items:
        centre.update(item)
    return max(
        range(len(items)),
        key=lambda place: sum(weight * centre[term] for term, weight in items[place].items()),
    )


@given(st.lists(st.tuples(weights, st.booleans()), min_size=1, max_size=40))
def test_the_headline_is_that_of_a_comparison(arrivals: list[tuple[Weights, bool]]) -> None:
    """Whenever it is asked for while items join, copies included."""
    headline, items = Headline(), list[Weights]()
    for item, is_asked in arrivals:
        items.append(item)
        headline.add(item)
        if is_asked:
            assert headline.best() == compared(items)
    assert (len(headline), headline.best()) == (len(items), compared(items))


def test_a_story_may_change_its_subject() -> None:
    """When later items are about something else, the headline follows as soon as a comparison would."""
    rng, headline, items = Random(3), Headline(), list[Weights]()
    for number in range(600):
        about = TERMS[:4] if number < 200 else TERMS[4:8]
        item = {term: rng.randint(200, 800) for term in [*rng.sample(about, 3), *rng.sample(TERMS, 2)]}
        items.append(item)
        headline.add(item)
        if number % 7 == 0:
            assert headline.best() == compared(items)


def test_few_items_are_compared_in_a_long_story() -> None:
    """A new item costs the same in a story of two thousand items as in one of two hundred."""
    rng, headline, compared_at = Random(5), Headline(), dict[int, int]()
    for number in range(1, 2_001):
        headline.add(_Counted({rng.choice(TERMS): rng.randint(1, 999), "bridge": 700, f"x{number}": 300}))
        _Counted.reads = 0
        headline.best()
        compared_at[number] = _Counted.reads
    early = sum(compared_at[number] for number in range(100, 300)) / 200
    late = sum(compared_at[number] for number in range(1_800, 2_000)) / 200
    assert late < 4 * early


class _Counted(UserDict[str, int]):
    """Weights that count how often they are read."""

    reads = 0

    def items(self) -> ItemsView[str, int]:
        _Counted.reads += 1
        return super().items()
