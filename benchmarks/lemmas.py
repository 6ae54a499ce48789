"""How well stems join the forms of a word: `python -m benchmarks.lemmas FILE.conllu [...]`.

Each file is a treebank in CoNLL-U whose name begins with its language, such as `ar_pud-ud-test.conllu` of Universal Dependencies.
Of all pairs of different words with one lemma, recall is the share with one stem; of all pairs with one stem, precision is the
share with one lemma. Derived words (work, worker) have different lemmas, so a precision of 1 is not wanted.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.text.stems import is_stop_word, stems
from monitor.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONTENT = frozenset({"NOUN", "VERB", "ADJ", "PROPN"})
SHORTEST = 3  # letters
FORM, LEMMA, KIND = 1, 2, 3  # columns


def main() -> None:
    """Print a line for each language."""
    files: dict[str, list[Path]] = defaultdict(list)
    for path in map(Path, sys.argv[1:]):
        files[path.name[:2]].append(path)
    for language, its in sorted(files.items()):
        lemmas = lemmas_of(tokens(its), language)
        found = {word: tuple(stems([word], language)) for word in lemmas}
        recall, precision = share_alike(lemmas, found), share_alike(found, lemmas)
        print(f"{language}: {len(lemmas)} words, recall {recall:.3f}, precision {precision:.3f}")


def tokens(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield words as written with their lemmas; of a word that is written together with others, if it alone has content."""
    for path in paths:
        last, written, inside = 0, "", list[str]()
        for line in path.read_text("utf-8").splitlines():
            row = line.split("\t")
            if len(row) <= KIND or "." in row[0]:
                continue
            if "-" in row[0]:
                last, written, inside = int(row[0].split("-")[1]), row[FORM], []
                continue
            number = int(row[0])
            lemma = [row[LEMMA]] if row[KIND] in CONTENT else []
            if written:
                inside += lemma
                if number == last:
                    yield from ((written, one) for one in inside if len(inside) == 1)
                    written = ""
            else:
                yield from ((row[FORM], one) for one in lemma)


def lemmas_of(found: Iterable[tuple[str, str]], language: str) -> dict[str, str]:
    """Return the commonest lemma of each word in lower case, without stop words, numbers and short words."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for written, lemma in found:
        row = words(written, language)
        if len(row) == 1 and len(row[0]) >= SHORTEST and not is_stop_word(row[0], language):
            counts[row[0]][lemma] += 1
    return {word: its.most_common(1)[0][0] for word, its in counts.items() if not any(map(str.isdigit, word))}


def share_alike(groups: dict[str, object], values: dict[str, object]) -> float:
    """Return the share of the pairs of words in one group that have one value."""
    together: dict[object, list[str]] = defaultdict(list)
    for word, group in groups.items():
        together[group].append(word)
    alike = [values[one] == values[two] for its in together.values() for one, two in combinations(its, 2)]
    return sum(alike) / max(1, len(alike))


if __name__ == "__main__":
    main()
