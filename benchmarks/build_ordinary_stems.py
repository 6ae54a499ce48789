"""Count which English stems news writes mostly in lower case: `build_ordinary_stems.py ITEMS.jsonl > ordinary_stems.txt`.

ITEMS are any news items, a JSON object with a `summary` a line. The output holds single stems only, by frequency.
"""

import json
import re
import sys
import textwrap
from collections import Counter
from pathlib import Path

from monitor.text.stems import is_stop_word
from monitor.text.stems import stems as stems_of
from monitor.text.words import words

KEPT = 4000  # stems; rarer ones occur once in thousands of headlines
_MID_SENTENCE = re.compile(r"(?<=[a-z,;] )[A-Za-z][A-Za-z']+")  # where a capital letter is a choice


def main() -> None:
    """Print the stems, lines of 110 characters."""
    lower: Counter[str] = Counter()
    upper: Counter[str] = Counter()
    for line in Path(sys.argv[1]).read_text("utf-8").splitlines():
        for found in _MID_SENTENCE.findall(json.loads(line)["summary"]):
            (upper if found[0].isupper() else lower).update(words(found)[:1])
    stems: Counter[str] = Counter()
    for word, count in lower.items():
        if count > max(1, upper[word]) and word.isalpha() and not is_stop_word(word):
            stems.update(dict.fromkeys(stems_of([word]), count))
    print("\n".join(textwrap.wrap(" ".join(sorted(term for term, _ in stems.most_common(KEPT))), 110)))


if __name__ == "__main__":
    main()
