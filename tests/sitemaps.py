"""Sitemaps for tests."""

from __future__ import annotations

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n'
)


def sitemap(*entries: str) -> str:
    """Return a news sitemap of these entries."""
    return f"{_HEAD.format(root='urlset')}{chr(10).join(entries)}\n</urlset>"


def entry(
    link: str,
    title: str,
    *,
    date: str = "2026-11-21T10:30:00+02:00",
    name: str = "The Tide",
    language: str = "en",
) -> str:
    """Return an entry as publishers write it, with the texts as given."""
    return (
        f"<url><loc>{link}</loc><news:news><news:publication><news:name>{name}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{date}</news:publication_date><news:title>{title}</news:title></news:news></url>"
    )


def index(*children: str) -> str:
    """Return a sitemap index of these children."""
    return f"{_HEAD.format(root='sitemapindex')}{chr(10).join(children)}\n</sitemapindex>"


def child(link: str, lastmod: str | None = None) -> str:
    """Return a child of an index."""
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<sitemap><loc>{link}</loc>{changed}</sitemap>"
