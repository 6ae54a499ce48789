"""Channels on this machine: the console, a command, an Atom file."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import stat
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
import pytest
import uvloop
from builders import (
    NOON,
    a_channel,
    a_delivery,
    a_match,
    a_message,
    a_story,
    a_webhook_channel,
    an_item,
    some_news,
)

from alerts.channels.atomfile import KEPT, AtomFileSender
from alerts.channels.command import CommandSender, _write
from alerts.channels.console import ConsoleSender
from alerts.channels.interface import Accepted, Answer, Blocked, Deferred, Refused, Unknown
from alerts.channels.registry import sender_for
from alerts.deciding.routing import form_of
from alerts.render.alert_message import render_alert
from alerts.render.formats.ansi import COLOUR
from alerts.render.formats.terminal import on_terminal

if TYPE_CHECKING:
    from alerts.channels.interface import Sender
    from storage.model import Message


def send(sender: Sender, message: Message | None = None, *, delivery: str = "dlv_1") -> Answer:
    """Send one message."""
    return asyncio.run(sender.send(message or a_message(), a_delivery(id=delivery), now=NOON))


def test_the_console_shows_a_message_as_a_block() -> None:
    """A message is followed by a blank line."""
    out = io.StringIO()
    assert isinstance(send(ConsoleSender(out)), Accepted)
    assert out.getvalue() == "City council pauses face recognition\n\n"


def test_a_console_of_an_old_code_page_loses_letters_not_alerts() -> None:
    """A character that the terminal lacks becomes a question mark."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    assert isinstance(send(ConsoleSender(out), a_message(body="grün\n".encode())), Accepted)
    assert raw.getvalue() == b"gr?n\n\n"


def test_a_closed_console_pauses_the_channel() -> None:
    """A closed stdout is a fault of the channel, and nothing is dropped."""
    out = io.StringIO()
    out.close()
    assert isinstance(send(ConsoleSender(out)), Blocked)


def test_colour_sets_off_topic_headline_and_commands() -> None:
    """Colour does not change the words."""
    body = render_alert(some_news(), form=form_of(a_channel("console")), now=NOON).body.decode()
    painted = on_terminal(body, width=120, style=COLOUR)
    assert "\x1b[36m[police-face-recognition]\x1b[0m" in painted
    assert "\x1b[1mCity council pauses face recognition by police\x1b[0m\n" in painted
    assert "\x1b[2mall of it   storywatch stories show s12\x1b[0m" in painted
    assert "\x1b" not in body


def run_python(code: str, *, deadline: float = 20) -> Answer:
    """Send one message to a Python program."""
    channel = a_channel("command", command=(sys.executable, "-c", code))
    return send(
        CommandSender(channel, deadline=timedelta(seconds=deadline)), a_message(body=b'{"type":"test"}')
    )


def test_a_command_reads_json_and_knows_the_id(tmp_path: Path) -> None:
    """The program gets the body on stdin and the delivery's id in its environment."""
    taken = tmp_path / "taken"
    code = (
        f"import os,sys; open({str(taken)!r},'w').write(os.environ['STORYWATCH_ID'] + ' ' + sys.stdin.read())"
    )
    assert isinstance(run_python(code), Accepted)
    ident, _, body = taken.read_text().partition(" ")
    assert ident == "dlv_1"
    assert json.loads(body) == {"type": "test"}


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("pass", Accepted),
        ("import os; os.close(0)", Accepted),
        ("raise SystemExit(75)", Deferred),
        ("raise SystemExit(1)", Refused),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Unknown),
    ],
)
def test_exit_codes_are_mapped_to_results(code: str, meaning: type[Answer]) -> None:
    """0 is accepted, 75 deferred, others refused, and death by a signal unknown."""
    assert isinstance(run_python(code), meaning)


def test_a_command_says_why() -> None:
    """The beginning of stderr is in the answer, without escape characters."""
    answer = run_python("import sys; sys.stderr.write('no\\x1b[2J disk\\n' + 'x' * 10**6); sys.exit(3)")
    assert isinstance(answer, Refused)
    assert "exit code 3: no [2J disk xxx" in answer.text
    assert answer.retryable


def test_a_command_that_hangs_is_killed_with_its_children() -> None:
    """At the deadline the whole session is killed, also a child that holds the pipe; the outcome is unknown."""
    child = "import time; time.sleep(600)"
    code = f"import subprocess,sys; subprocess.run([sys.executable, '-c', {child!r}])"
    answer = run_python(code, deadline=0.5)
    assert isinstance(answer, Unknown)
    assert "killed" in answer.text


@pytest.mark.parametrize("program", ["/nowhere/at-all", os.devnull])
def test_a_command_that_cannot_start_pauses_the_channel(program: str) -> None:
    """A missing or invalid program is a configuration error, and nothing is dropped."""
    answer = send(CommandSender(a_channel("command", command=(program,))))
    assert isinstance(answer, Blocked)
    assert "check the channel's command" in answer.text


def an_entry(title: str) -> Message:
    """A message about a story for the feed channel."""
    news = some_news(story=a_story(title=title), matches=[a_match(item=an_item(title=title))])
    rendered = render_alert(news, form=form_of(a_channel("feed")), now=NOON)
    return a_message(subject=rendered.subject, body=rendered.body, kind=rendered.kind)


def a_file(path: Path) -> AtomFileSender:
    """A feed channel that writes to this file."""
    return AtomFileSender(a_channel("feed", path=str(path)))


def test_an_atom_file_is_a_feed_with_the_newest_first(tmp_path: Path) -> None:
    """There is one entry for each delivery, whatever the number of attempts."""
    path = tmp_path / "alerts.xml"
    hostile = "Fish & chips </entry><entry> \x00 ]]> <script>alert(1)</script>"
    for number, title in enumerate(["First of its kind", hostile, "Third time lucky"]):
        assert isinstance(send(a_file(path), an_entry(title), delivery=f"dlv_{number}"), Accepted)
    send(a_file(path), an_entry("Third time lucky"), delivery="dlv_2")
    feed = feedparser.parse(io.BytesIO(path.read_bytes()))
    assert not feed.bozo
    assert [entry.id for entry in feed.entries] == [f"urn:storywatch:delivery:dlv_{n}" for n in (2, 1, 0)]
    assert feed.entries[0].title == "[police-face-recognition] Third time lucky (Harbour Post)"
    assert feed.entries[0].link == "https://post.example/news/1"
    assert feed.entries[0].updated == "2026-03-04T12:00:00Z"
    assert "<script" not in feed.entries[1].content[0].value


def test_an_atom_file_keeps_the_newest_hundred(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    path = tmp_path / "alerts.xml"
    sender = a_file(path)
    for number in range(KEPT + 5):
        send(sender, an_entry("Again"), delivery=f"dlv_{number}")
    assert path.read_text().count("<entry>") == KEPT
    assert "dlv_4<" not in path.read_text()


def test_an_atom_file_is_replaced_at_once_and_keeps_its_mode(tmp_path: Path) -> None:
    """No temporary file is left, and the permissions stay."""
    path = tmp_path / "alerts.xml"
    send(a_file(path), an_entry("One"))
    path.chmod(0o640)
    send(a_file(path), an_entry("Two"), delivery="dlv_2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [file.name for file in tmp_path.iterdir()] == ["alerts.xml"]


def test_another_file_is_never_overwritten(tmp_path: Path) -> None:
    """A path with another file pauses the channel."""
    path = tmp_path / "thesis.txt"
    path.write_text("three years of work")
    answer = send(a_file(path), an_entry("One"))
    assert isinstance(answer, Blocked)
    assert path.read_text() == "three years of work"


def test_a_missing_folder_defers(tmp_path: Path) -> None:
    """The delivery is deferred, and the answer names the folder."""
    answer = send(a_file(tmp_path / "not-mounted" / "alerts.xml"), an_entry("One"))
    assert isinstance(answer, Deferred)
    assert "not-mounted" in answer.text


@pytest.mark.parametrize("kind", ["command", "feed", "email", "webhook"])
def test_an_incomplete_channel_is_refused_when_its_sender_is_made(kind: str) -> None:
    """Missing keys are reported before anything is sent."""
    with pytest.raises(ValueError, match=f"channel '{kind}'"):
        sender_for(a_channel(kind), http=None, stdout=io.StringIO())


def test_every_type_of_channel_has_a_sender(tmp_path: Path) -> None:
    """A complete channel of each type gets a sender."""
    channels = [
        a_channel("console"),
        a_channel("command", command=("true",)),
        a_channel("feed", path=str(tmp_path / "feed.xml")),
        a_channel("email", sender="storywatch@news.example"),
        a_webhook_channel(),
    ]
    assert all(sender_for(channel, http=None, stdout=io.StringIO()) for channel in channels)


@pytest.mark.parametrize("code", ["import os; os.close(0)", "pass", "import os; os.close(0); os._exit(0)"])
def test_a_command_that_reads_nothing_succeeds_by_its_exit_code(code: str) -> None:
    """This holds under uvloop with a body that fills the pipe: it is not run again, and its output is kept."""
    code = f"import sys; sys.stderr.write('kept'); sys.stderr.flush(); {code}"
    sender = CommandSender(a_channel("command", command=(sys.executable, "-c", code)))
    message = a_message(body=b"x" * 2_000_000)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answer = runner.run(sender.send(message, a_delivery(), now=NOON))
    assert isinstance(answer, Accepted)
    assert answer.text.endswith("exit code 0: kept")


def test_an_input_that_is_closed_before_the_first_write_is_no_fault() -> None:
    """Uvloop raises RuntimeError for a pipe with a closed end, but the exit code decides."""

    class Closed:
        def write(self, _: bytes) -> None:
            raise RuntimeError("the handler is closed")

    asyncio.run(_write(Closed(), b"x"))


def test_an_atom_file_behind_a_link_is_written_where_the_link_leads(tmp_path: Path) -> None:
    """A link into a web root stays a link, and its target gets the alerts."""
    (tmp_path / "public").mkdir()
    link, target = tmp_path / "alerts.xml", tmp_path / "public" / "alerts.xml"
    link.symlink_to(target)
    for _ in range(2):  # at first the link leads to no file yet
        assert isinstance(send(a_file(link), an_entry("Ports strike")), Accepted)
    assert link.is_symlink()
    assert target.read_text().count("<entry>") == 1


@pytest.mark.parametrize("fault", [errno.EBUSY, errno.EROFS, errno.EACCES])
def test_an_atom_file_that_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    """A file mounted into a container cannot be replaced by a rename."""
    path = tmp_path / "alerts.xml"
    path.touch()

    def refuse(*_: object) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(Path, "replace", refuse)
    for number in range(2):
        assert isinstance(send(a_file(path), an_entry("Ports strike"), delivery=f"dlv_{number}"), Accepted)
    assert path.read_text().count("<entry>") == 2
    assert [one.name for one in tmp_path.iterdir()] == ["alerts.xml"]


def test_an_update_replaces_the_entry_of_its_story(tmp_path: Path) -> None:
    """A story has one entry, and a late retry of its first alert does not undo an update."""
    path = tmp_path / "alerts.xml"
    first = replace(an_entry("As it began"), thread="s12-abc")
    later = replace(an_entry("As it went on"), thread="s12-abc", created_at=NOON + timedelta(hours=1))
    for number, message in enumerate([first, an_entry("Another"), later, first]):
        assert isinstance(send(a_file(path), message, delivery=f"dlv_{number}"), Accepted)
    feed = feedparser.parse(io.BytesIO(path.read_bytes()))
    assert [(entry.id, entry.updated) for entry in feed.entries] == [
        ("urn:storywatch:story:s12-abc", "2026-03-04T13:00:00Z"),
        ("urn:storywatch:delivery:dlv_1", "2026-03-04T12:00:00Z"),
    ]
    assert "As it went on" in feed.entries[0].title
