"""Pictures of topics as inline SVG: stories by week, points as bars, and scores on one line. Colours are the style sheet's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.views.topics.trial import TrialView

BAR, STEP, HEIGHT = 8, 10, 22  # pixels of a week's bar, from one to the next, and of the highest
LEFT, RIGHT = 8.0, 352.0  # ends of the line of scores, in units of a picture 360 wide
LOWEST, MATCHED, HIGHEST = 0.34, 0.5, 1.0  # scores at the ends of the line, and where a match begins
LARGEST = 11.0  # radius of a circle for many items
MARKS = (0.4, 0.5, 0.75)  # scores that are written below the line


def spark(weeks: Sequence[int]) -> Markup:
    """Return the stories of each week as bars."""
    most = max(*weeks, 1)
    bars = Markup("").join(
        Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="1"/>').format(
            place * STEP + 1, round(HEIGHT - tall + 1, 1), BAR, round(tall + 1, 1)
        )
        for place, number in enumerate(weeks)
        for tall in [number / most * HEIGHT]
    )
    width, numbers = len(weeks) * STEP, ", ".join(map(str, weeks))
    return Markup(
        '<svg class="spark" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="img" '
        'aria-label="Stories in each of the last {2} weeks: {3}">{4}</svg>'
    ).format(width, HEIGHT + 2, len(weeks), numbers, bars)


def share_bar(share: float) -> Markup:
    """Return a share from -1 to 1 as a bar; the number is beside it, so the picture is hidden from screen readers."""
    kind = "bar against" if share < 0 else "bar"
    return Markup(
        '<svg class="{}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="10" rx="3"/><rect width="{}" height="10" rx="3"/></svg>'
    ).format(kind, max(2.0, round(abs(share) * 100, 1)))


def score_line(trial: TrialView) -> Markup:
    """Return the items of a trial on a line of scores: full circles would be alerted, empty ones are near misses."""
    if not trial.scores or not trial.counts_points:
        return Markup("")
    circles = Markup("").join(
        Markup('<circle class="{}" cx="{}" cy="42" r="{}"/>').format(
            "hit" if one.score >= MATCHED else "near",
            _at(one.score),
            round(min(LARGEST, 2.5 + one.items**0.5), 1),
        )
        for one in trial.scores
    )
    marks = Markup("").join(
        Markup('<text x="{}" y="62" text-anchor="middle">{}</text>').format(_at(score), score)
        for score in MARKS
    )
    label = (
        f"Scores on one line: {trial.matched} items from 0.5 up, which would be alerted, "
        f"and {trial.near_count} between 0.4 and 0.5, which are near misses"
    )
    return Markup(
        '<svg class="scores" viewBox="0 0 360 66" role="img" aria-label="{}">'
        '<line class="axis" x1="{}" x2="{}" y1="42" y2="42"/><line class="threshold" x1="{}" x2="{}" y1="4" y2="52"/>'
        '{}<text x="{}" y="13" text-anchor="end">near misses</text><text x="{}" y="13">would be alerted</text>'
        '{}<text x="352" y="62" text-anchor="end">1</text></svg>'
    ).format(
        label, LEFT, RIGHT, _at(MATCHED), _at(MATCHED), circles, _at(MATCHED) - 5, _at(MATCHED) + 5, marks
    )


def _at(score: float) -> float:
    inside = min(max(score, LOWEST), HIGHEST)
    return round(LEFT + (inside - LOWEST) / (HIGHEST - LOWEST) * (RIGHT - LEFT), 1)
