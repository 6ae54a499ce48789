"""The request as a page handler sees it: parameters, views and actions in threads, and answers."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit, urlunsplit

from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.config.load import load_settings
from monitor.web.looks.templates import render
from monitor.web.looks.times import zone_of
from monitor.web.request.notes import Note, Undo
from monitor.web.request.refused import PageRefused
from monitor.web.safety.client import client_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from monitor.config.settings import Settings
    from monitor.views.access import Visitor
    from monitor.web.request.context import SiteContext
    from storage.database import Database, Ledger

T = TypeVar("T")
P = ParamSpec("P")
MAX_FIELDS = 1_000  # a rule has some hundred words, each with a field


@dataclass(slots=True, kw_only=True)
class PageRequest:
    """A request. `visitor` is None on pages that anyone may see, when nobody is signed in; `nav` are the site's sections."""

    http: Request
    context: SiteContext
    visitor: Visitor | None
    now: datetime
    nav: Sequence[tuple[str, str]]
    _form: FormData | None = None

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return self.context.app.settings

    @property
    def database(self) -> Database:
        """The database, for actions that are called by `run`."""
        return self.context.app.database

    @property
    def path(self) -> Mapping[str, str]:
        """The parts of the address that the page's path names."""
        return self.http.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters in the query string."""
        return self.http.query_params

    @property
    def client(self) -> str:
        """The address that the request came from."""
        peer = self.http.client.host if self.http.client else ""
        return client_address(peer, self.http.headers, self.context.pages)

    @property
    def topic_names(self) -> list[str]:
        """The names of the configured topics."""
        return [topic.name for topic in self.settings.topics]

    @property
    def zone(self) -> ZoneInfo:
        """The reader's time zone."""
        return zone_of(self.http.cookies.get("zone"), self.settings)

    @property
    def who(self) -> Visitor:
        """The visitor, on pages for visitors."""
        assert self.visitor is not None
        return self.visitor

    async def settings_on_disk(self) -> Settings:
        """Return the configuration as it is in the file now: an action on the file must not undo later edits.

        Raises:
            ConfigErrors: it has errors.
        """
        return await self.run(load_settings, self.settings.path, environ=os.environ)

    async def form(self) -> Mapping[str, str]:
        """Return the fields of the form; of a field with several values the last. Files are left out."""
        given = await self._fields()
        return {name: value for name, value in given.multi_items() if isinstance(value, str)}

    async def form_list(self, name: str) -> list[str]:
        """Return all values of a field of the form."""
        return [value for value in (await self._fields()).getlist(name) if isinstance(value, str)]

    async def upload(self, name: str) -> bytes | None:
        """Return the content of a file of the form; None if none was chosen."""
        chosen = (await self._fields()).get(name)
        if not isinstance(chosen, UploadFile) or not chosen.filename:
            return None
        return await chosen.read()

    async def close(self) -> None:
        """Close the files uploaded with the form."""
        if self._form is not None:
            await self._form.close()

    async def _fields(self) -> FormData:
        if self._form is None:
            self._form = await self.http.form(max_files=1, max_fields=MAX_FIELDS)
        return self._form

    async def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Call a function in a thread of the pages and return its result."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.context.pool, partial(work, *given, **named))

    async def read(self, view: Callable[[Ledger], T]) -> T:
        """Return the result of a view, read in one transaction in a thread: `read(lambda ledger: …)`."""

        def reading() -> T:
            with self.database.read() as ledger:
                return view(ledger)

        return await self.run(reading)

    async def act(
        self, action: Callable[Concatenate[Database, P], T], *given: P.args, **named: P.kwargs
    ) -> T:
        """Return the result of an action on the database, done in a thread: `act(mute, "s3", …)`."""
        return await self.run(partial(action, self.database), *given, **named)

    def page(self, template: str, *, status: int = 200, **words: object) -> Response:
        """Return the page `templates/{template}.html.j2`."""
        note = self.context.notes.get(self.query.get("note", ""))
        common = {
            "visitor": self.visitor,
            "nav": self.nav,
            "here": self.http.url.path,
            "note": note,
            "now": self.now,
            "zone": self.zone,
        }
        return HTMLResponse(render(f"{template}.html", **{**common, **words}), status_code=status)

    def done(self, path: str, text: str, *, undo: Undo | None = None, is_problem: bool = False) -> Response:
        """Return a redirect to the page that shows the result of an action, with a note above it."""
        name = self.context.notes.keep(Note(text=text, undo=undo, is_problem=is_problem))
        parts = urlsplit(path)
        query = f"{parts.query}&note={name}" if parts.query else f"note={name}"
        return see(urlunsplit(parts._replace(query=query)))


def see(path: str) -> Response:
    """Return a redirect to another page of this site."""
    return RedirectResponse(path, status_code=303)


def local_path(text: str, *, default: str = "/") -> str:
    """Return a path of this site, the default for anything that leads elsewhere."""
    is_ours = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_ours and "\\" not in text else default


def needed(form: Mapping[str, str], name: str) -> str:
    """Return a field of a form.

    Raises:
        PageRefused: the field is missing or empty.
    """
    value = form.get(name, "").strip()
    if not value:
        raise PageRefused(400, f"The field {name!r} is empty.", "Go back, fill it in and send it again.")
    return value
