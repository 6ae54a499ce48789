"""The bounded cache for functions of a word."""

from __future__ import annotations

from monitor.text.memo import Memo


def test_a_word_is_asked_once() -> None:
    """What a word gave is remembered."""
    asked: list[str] = []
    known = Memo(lambda word: asked.append(word) or len(word), most=3)
    assert [*map(known.__getitem__, ("ferry", "to", "ferry"))] == [5, 2, 5]
    assert asked == ["ferry", "to"]


def test_what_is_remembered_is_bounded() -> None:
    """Beyond the most, all is forgotten and asked again: no memory grows with what feeds invent."""
    known = Memo(len, most=3)
    for number in range(10):
        assert known[f"word{number}"] == 5
        assert len(known) <= 3
