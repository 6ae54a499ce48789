"""The shipped thesaurus: ideas with their synonyms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from monitor.text.stems import phrase_stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE = "thesaurus.txt"
LANGUAGE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """One idea: `phrases` are its words as stems, each with its written form.

    `kind` is its role in a story: subject, actor, action or place.
    """

    name: str
    kind: str
    phrases: Mapping[tuple[str, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thesaurus:
    """Ideas by name, with an index from the first stems of their phrases."""

    ideas: Mapping[str, Idea]
    starts: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]

    def covered(self, row: Sequence[str]) -> set[int]:
        """Return the positions in a row of stems that belong to a phrase of several words."""
        return {
            place
            for at, word in enumerate(row)
            for phrase, _ in self.starts.get(word, ())
            if len(phrase) > 1 and tuple(row[at : at + len(phrase)]) == phrase
            for place in range(at, at + len(phrase))
        }

    def ideas_in(self, row: Sequence[str]) -> dict[str, dict[tuple[str, ...], int]]:
        """Return the ideas in a row of stems, with the number of occurrences of each phrase."""
        found: dict[str, dict[tuple[str, ...], int]] = defaultdict(lambda: defaultdict(int))
        for at, word in enumerate(row):
            for phrase, name in self.starts.get(word, ()):
                if tuple(row[at : at + len(phrase)]) == phrase:
                    found[name][phrase] += 1
        return found


@lru_cache(maxsize=1)
def shipped() -> Thesaurus:
    """Return the thesaurus that comes with storywatch: English, for news."""
    ideas: dict[str, Idea] = {}
    starts: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    kind = ""
    for line in files("monitor.topics.vocabulary").joinpath(FILE).read_text(encoding="utf-8").splitlines():
        name, colon, listed = line.partition(":")
        if line.startswith("["):
            kind = line.strip("[]")
        if line.startswith("#") or not colon:
            continue
        phrases: dict[tuple[str, ...], str] = {}
        for written in listed.split(","):
            phrases.setdefault(phrase_stems(written, LANGUAGE), written.strip())
        ideas[name] = Idea(name=name, kind=kind, phrases=phrases)
        for phrase in phrases:
            starts[phrase[0]].append((phrase, name))
    return Thesaurus(ideas=ideas, starts=starts)


EMPTY = Thesaurus(ideas={}, starts={})
