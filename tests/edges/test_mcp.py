"""`storywatch mcp`, used by a client of the official SDK over standard input and output."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shell import COMMAND, configure, environment, rss, serving, spoken

pytest.importorskip("mcp", reason="the mcp extra is not installed")

from mcp import Client, StdioServerParameters

pytestmark = pytest.mark.slow  # each starts the command

HIDDEN = "\U000e0041\U000e0042\u202e"  # text that a person does not see and an assistant reads
EVENT = "Police halt trial of harbour cameras"
FIRST, SECOND = "2026-03-04T12:00:00Z", "2026-03-04T14:00:00Z"
READING = ["digest", "explain", "list_stories", "search_items", "show_story", "why"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder after two rounds, the second with a story whose title has hidden instructions."""
    path = tmp_path_factory.mktemp("mcp")
    with serving(feed=rss("Ferry line adds a late boat")) as site:
        configure(path, f"{site.url}/feed")
        spoken("once", "--now", FIRST, folder=path)
        site.pages["/feed"] = (200, rss(f"{EVENT}{HIDDEN}", "Ferry line adds a late boat"))
        spoken("once", "--now", SECOND, folder=path)
    return path


def asked(folder: Path, *questions: tuple[str, dict[str, Any]]) -> list[Any]:
    """Return the answers of the tools, each an object or the text of an error."""
    server = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "mcp", "--now", SECOND], env=environment(), cwd=folder
    )

    async def run() -> list[Any]:
        answers = []
        async with Client(server, read_timeout_seconds=60) as client:
            for name, arguments in questions:
                result = await client.call_tool(name, arguments)
                [said] = result.content
                text = getattr(said, "text", "")
                answers.append(text if result.is_error else json.loads(text))
        return answers

    return asyncio.run(run())


def test_the_tools_describe_themselves_as_read_only(folder: Path) -> None:
    """Each of the six describes itself and every argument."""
    server = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "mcp"], env=environment(), cwd=folder
    )

    async def run() -> Any:
        async with Client(server, read_timeout_seconds=60) as client:
            return (await client.list_tools()).tools

    tools = asyncio.run(run())
    assert sorted(tool.name for tool in tools) == READING
    for tool in tools:
        assert tool.description
        assert tool.annotations is not None
        assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
        described = tool.input_schema["properties"].values()
        assert all("description" in argument for argument in described)


def test_an_assistant_finds_a_story_and_its_reasons(folder: Path) -> None:
    """The tools lead from words to items, story, path and judgement, with the values of `--format json`."""
    found, stories, digest = asked(
        folder,
        ("search_items", {"query": "harbour trial"}),
        ("list_stories", {"topic": "police"}),
        ("digest", {"since": "24h"}),
    )
    [item], [story] = found["items"], stories["stories"]
    assert item["title"] == story["title"] == EVENT
    [printed] = json.loads(spoken("stories", "list", "--now", SECOND, "--format", "json", folder=folder).out)
    assert printed | {"title": EVENT} == story
    assert [one["story"]["id"] for one in digest["stories"]] == [story["id"]]
    shown, path, judged = asked(
        folder,
        ("show_story", {"story": story["id"]}),
        ("why", {"ident": item["id"]}),
        ("explain", {"topic": "police", "item": item["id"]}),
    )
    assert [one["id"] for one in shown["items"]] == [item["id"]]
    assert [step["step"] for step in path["steps"]][:3] == ["seen", "matched", "joined"]
    assert (judged["topic"], judged["matched"]) == ("police", True)
    said = json.dumps([found, stories, digest, shown, path, judged], ensure_ascii=False)
    assert not set(HIDDEN) & set(said)


REFUSED = (
    ("search_items", {"query": "-cameras"}, "name a word that must occur"),
    ("search_items", {"query": "harbour", "since": "soon"}, "since"),
    ("search_items", {"query": "harbour", "feed": "nowhere"}, "no feed 'nowhere'"),
    ("list_stories", {"topic": "ports"}, "no topic 'ports'"),
    ("show_story", {"story": "s99"}, "no story s99"),
    ("why", {"ident": "x"}, "no item, story or alert"),
    ("explain", {"topic": "police", "item": "i99"}, "no item i99"),
)


def test_an_error_says_what_to_ask_instead(folder: Path) -> None:
    """An unknown id gives a text and no exception."""
    said = asked(folder, *((name, arguments) for name, arguments, _ in REFUSED))
    assert [words for (_, _, words), answer in zip(REFUSED, said, strict=True) if words not in answer] == []
