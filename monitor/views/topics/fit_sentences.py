"""Sentences that describe how rule versions were fitted to the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.topics.rules.describe_fit import describe_fit
from monitor.topics.rules.parse import parse_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Ledger


def fit_sentences(ledger: Ledger, versions: Iterable[int]) -> dict[int, str]:
    """Return `threshold 8.1, fitted on 12 May …` for each rule version that was fitted."""
    texts = ledger.fits.texts(versions)
    sentences = {
        version: describe_fit(parse_rule(text, f"version {version}")) for version, text in texts.items()
    }
    return {version: sentence for version, sentence in sentences.items() if sentence is not None}
