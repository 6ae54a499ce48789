"""A pool of made-up articles, each as an RSS and as an Atom fragment; the same for the same seed."""
# ruff: noqa: SIM905  # a paragraph of words reads better than two hundred quoted ones

from __future__ import annotations

import html
import random

from pieces import Piece

COMMON = (
    "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which "
    "one you were all her she there would their we him been has when who will no more if out so up said what its about "
    "than into them can only other time new some could these two may first then do any like my now over such our man me "
    "even most made after also did many off before must well back through years where much your way down should because "
    "long each just state people those too mr how little good world make very year still see own work men day get here "
    "between both life being under three never know same last another while us might great"
).split()
TOPICS = (
    "security kernel release python database climate election market startup vulnerability patch outage privacy court "
    "research vaccine satellite battery inflation merger lawsuit earthquake wildfire football album festival browser "
    "compiler cluster container"
).split()
ONSETS = "b br c ch d dr f g gr h k l m n p pr r s st t tr v w".split()
CODAS = "n r s l t m d k".split()
MARKUP_SHARE = 0.58  # of a body's bytes; the rest is titles, dates, categories
LEAST_BYTES = 200


class Articles:
    """The pool; `titles[n]`, `rss[n]` and `atom[n]` are one article."""

    def __init__(self, seed: int, count: int, mean_bytes: int) -> None:
        self._random = random.Random(seed)
        self._made = [self._word() for _ in range(4000)]
        self._words = COMMON * 12 + TOPICS * 8 + self._made
        self.titles: list[str] = []
        self.rss: list[Piece] = []
        self.atom: list[Piece] = []
        for _ in range(count):
            size = self._random.lognormvariate(0, 0.6) * mean_bytes * MARKUP_SHARE
            self._add(self._markup(max(LEAST_BYTES, int(size))))

    def _add(self, markup: str) -> None:
        tags = self._random.sample(TOPICS, self._random.randint(1, 4))
        author = f"{self._random.choice(self._made)} {self._random.choice(self._made)}".title()
        summary = self._sentence(28)
        image = f"https://img.example.net/{self._random.getrandbits(40):x}.jpg"
        more = '&amp;#8230; &lt;a href="https://example.net/x"&gt;More&lt;/a&gt;'
        rss = (
            f"<dc:creator>{author}</dc:creator>{''.join(f'<category>{tag}</category>' for tag in tags)}"
            f"<description>{summary} {more}</description><content:encoded><![CDATA[{markup}]]></content:encoded>"
            f'<media:content url="{image}" medium="image"/></item>\n'
        )
        terms = "".join(f'<category term="{tag}"/>' for tag in tags)
        atom = (
            f"<author><name>{author}</name></author>{terms}"
            f'<summary>{summary}</summary><content type="html">{html.escape(markup, quote=False)}</content>'
            f'<link rel="enclosure" type="image/jpeg" href="{image}" length="48211"/></entry>\n'
        )
        self.titles.append(self._title())
        self.rss.append(Piece(rss.encode()))
        self.atom.append(Piece(atom.encode()))

    def _word(self) -> str:
        pick = self._random.choice
        return "".join(pick(ONSETS) + pick("aeiou") + pick(CODAS) for _ in range(pick((1, 2, 2, 3))))

    def _sentence(self, count: int) -> str:
        return " ".join(self._random.choices(self._words, k=count)).capitalize() + "."

    def _title(self) -> str:
        return " ".join(self._random.choices(self._words, k=self._random.randint(5, 11))).capitalize()

    def _markup(self, size: int) -> str:
        paragraphs: list[str] = []
        have = 0
        while have < size:
            paragraphs.append(self._paragraph())
            have += len(paragraphs[-1])
        return "".join(paragraphs)

    def _paragraph(self) -> str:
        number = self._random.getrandbits(32)
        first = self._sentence(self._random.randint(8, 24))
        match self._random.choices(("image", "list", "link", "text"), (8, 8, 24, 60))[0]:
            case "image":
                return f'<p><img src="/media/{number:x}.png" alt="{first[:20]}" width="640" /></p>\n'
            case "list":
                return f"<ul>{''.join(f'<li>{self._sentence(5)}</li>' for _ in range(3))}</ul>\n"
            case "link":
                link = f'<a href="https://example.org/{number:x}?a=1&amp;b=2">{self._sentence(3)}</a>'
                return f"<p>{first} {link} {self._sentence(12)}</p>\n"
            case _:
                emphasis = f"<em>{self._sentence(2)}</em>"
                return (
                    f"<p>{first} {self._sentence(14)} {emphasis} {self._sentence(9)} caf\u00e9 &#8217;</p>\n"
                )
