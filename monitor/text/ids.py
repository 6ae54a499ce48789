"""The ids that people type and commands print: a letter and a number, such as `i34`, `s12` or `a5`."""

from __future__ import annotations

LARGEST = 2**63 - 1  # the largest whole number that the database stores
_DIGITS = len(str(LARGEST))


def id_number(text: str, letter: str) -> int | None:
    """Return the number of an id, with or without its letter; None if the text is not an id that a row can have."""
    digits = text.removeprefix(letter)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > _DIGITS:
        return None
    number = int(digits)
    return number if number <= LARGEST else None
