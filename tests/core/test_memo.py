"""The bounded cache for functions of a word."""

from __future__ import annotations

from monitor.text.memo import Memo


def test_a_result_is_computed_once() -> None:
    """The function is called once for each word."""
    asked: list[str] = []
    known = Memo(lambda word: asked.append(word) or len(word), most=3)
    assert [*map(known.__getitem__, ("ferry", "to", "ferry"))] == [5, 2, 5]
    assert asked == ["ferry", "to"]


def test_the_cache_is_bounded() -> None:
    """A full cache is emptied, so that words invented by feeds cannot fill the memory."""
    known = Memo(len, most=3)
    for number in range(10):
        assert known[f"word{number}"] == 5
        assert len(known) <= 3
