"""Edits a rule file in place; unchanged parts, including comments, are kept as the owner wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import tomlkit

from monitor.topics.rules.diff import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from tomlkit.items import AoT

    from monitor.topics.rules.rule import Rule, Source

    Table = MutableMapping[str, Any]


def edited(text: str, before: Rule, after: Rule) -> str:
    """Return the text of a rule file, which holds the rule `before`, changed to hold the rule `after`."""
    document = tomlkit.parse(text)
    if before.threshold != after.threshold:
        document["threshold"] = after.threshold
    if before.repeated != after.repeated:
        document["repeated"] = after.repeated
    for field, key in CONDITIONS:
        if getattr(before, field) != getattr(after, field):
            document[key] = list(getattr(after, field))
    if before.breadth is not after.breadth:
        document["breadth"] = after.breadth.value
    _edit_facets(document, before, after)
    _edit_terms(document, before, after)
    _edit_cast(document, before, after)
    _edit_sources(document, before, after)
    return tomlkit.dumps(document)


def _edit_facets(document: Table, before: Rule, after: Rule) -> None:
    known = {facet.name: facet for facet in before.facets}
    if after.facets and "facets" not in document:
        document["facets"] = tomlkit.table(is_super_table=True)
    facets: Table = document.get("facets", {})
    for name in known.keys() - {facet.name for facet in after.facets}:
        del facets[name]
    for facet in after.facets:
        old = known.get(facet.name)
        if old is None:
            facets[facet.name] = tomlkit.table()
        table = facets[facet.name]
        if old is None or old.points != facet.points:
            table["points"] = facet.points
        if old is None or old.words != facet.words:
            table["words"] = list(facet.words)
        if (old.also if old else ()) != facet.also:
            table["also"] = list(facet.also)


def _edit_terms(document: Table, before: Rule, after: Rule) -> None:
    old = {term.text: term.points for term in before.terms}
    new = {term.text: term.points for term in after.terms}
    if old == new:
        return
    if "terms" not in document:
        document["terms"] = tomlkit.table()
    terms: Table = document["terms"]
    for text in old.keys() - new.keys():
        del terms[text]
        document.get("found_in", {}).pop(text, None)
    for text, points in new.items():
        if old.get(text) != points:
            terms[text] = points


def _edit_cast(document: Table, before: Rule, after: Rule) -> None:
    if after.cast is None:
        document.pop("cast", None)
        return
    if after.cast == before.cast:
        return
    if "cast" not in document:
        document["cast"] = tomlkit.table()
    table: Table = document["cast"]
    if before.cast is None or before.cast.stranger != after.cast.stranger:
        table["stranger"] = after.cast.stranger
    kept = table.get("names")
    if not isinstance(kept, list):  # a single name may be written as a string
        table["names"] = list(after.cast.names)
        return
    for name in [name for name in kept if name not in after.cast.names]:
        kept.remove(name)
    kept.extend([name for name in after.cast.names if name not in kept])


def _edit_sources(document: Table, before: Rule, after: Rule) -> None:
    gone = [source for source in before.learnt_from if source not in after.learnt_from]
    come = [source for source in after.learnt_from if source not in before.learnt_from]
    if not gone and not come:
        return
    if not isinstance(document.get("learnt_from"), list):
        document["learnt_from"] = tomlkit.aot()
    sources = cast("AoT", document["learnt_from"])
    for place in range(len(before.learnt_from) - 1, -1, -1):
        if before.learnt_from[place] in gone:
            del sources[place]
    for source in come:
        sources.append(_table(source))
    if not sources:
        del document["learnt_from"]


def _table(source: Source) -> tomlkit.items.Table:
    table = tomlkit.table()
    table["file"] = source.file
    table["sha256"] = source.sha256
    if source.counter:
        table["counter"] = True
    if source.marked:
        table["marked"] = True
    return table
