"""Learning: from a few articles to a rule. (First version: to be replaced by the measured one.)"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from monitor.text import is_stop_word, stem, words
from monitor.topics.frequencies import shipped
from monitor.topics.rule import Breadth, Rule, Source, Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.topics.document import Article

MOST_TERMS = 40


class LearnError(ValueError):
    """Examples that no rule can be learnt from."""


def learn(name: str, articles: Sequence[Article], *, against: Sequence[Article] = (), breadth: str = "wide") -> Rule:
    """Return the rule that articles exemplify.

    Raises:
        LearnError: no usable article.
    """
    if not articles:
        raise LearnError(f"topic {name!r}: no example to learn from; give one to five articles")
    language = "en"
    found_in: dict[str, set[int]] = defaultdict(set)
    weight: Counter[str] = Counter()
    written: dict[str, Counter[str]] = defaultdict(Counter)
    frequencies = shipped()
    for number, article in enumerate(articles, 1):
        for text, factor in ((article.title, 2.0), (" ".join(article.text.split()[:400]), 1.0)):
            row = words(text)
            counts: Counter[str] = Counter()
            for at, word in enumerate(row):
                if is_stop_word(word, language):
                    continue
                counts[stem(word, language)] += 1
                written[stem(word, language)][word] += 1
                if at + 1 < len(row) and not is_stop_word(row[at + 1], language):
                    pair = f"{stem(word, language)} {stem(row[at + 1], language)}"
                    counts[pair] += 1
                    written[pair][f"{word} {row[at + 1]}"] += 1
            for term, count in counts.items():
                idf = math.log((frequencies.items + 1) / (frequencies.count(term) + 1))
                weight[term] += factor * math.sqrt(count) * idf * (0.6 if " " in term else 1.0)
                found_in[term].add(number)
    least = 2 if len(articles) > 1 else 1
    ranked = [pair for pair in weight.most_common() if len(found_in[pair[0]]) >= least][:MOST_TERMS]
    total = sum(value for _, value in ranked[:12]) or 1.0
    terms = tuple(
        Term(text=written[term].most_common(1)[0][0], points=round(30 * value / total, 2), articles=tuple(sorted(found_in[term])))
        for term, value in ranked
    )
    sources = tuple(Source(file=article.name, sha256=article.sha256, date=article.date) for article in articles)
    return Rule(name=name, breadth=Breadth(breadth), language=language, terms=terms, learnt_from=sources)
