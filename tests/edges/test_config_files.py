"""The configuration on a real disk: its location, the files it names, permissions, and the cost of reading."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.errors import ConfigErrors
from monitor.config.find import find_configuration
from monitor.config.load import load_settings, parse_settings
from monitor.config.schema import LISTS, TABLES, known_keys
from monitor.config.settings import FeedConfig
from monitor.config.template import starter_config

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes files below a temporary folder and returns the first path."""

    def write(**texts):
        paths = []
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            path.chmod(0o600)
            paths.append(path)
        return paths[0]

    return write


def errors_of(path, environ=None):
    """Return the errors of a file as printed, its folder left out."""
    with pytest.raises(ConfigErrors) as found:
        load_settings(path, environ=environ or {})
    return [str(error).replace(f"{path.parent}/", "") for error in found.value.errors]


def test_the_starter_configuration_has_no_mistakes(write):
    """The output of `init` is read without an error or a warning, with feeds and topic."""
    path = write(
        storywatch_toml=starter_config(),
        feeds_opml=(SEEDS / "feeds.opml").read_bytes(),
        **{"seeds__police-face-recognition__topic_toml": ""},
    )
    settings = load_settings(path, environ={})
    assert settings.warnings == ()
    assert settings.database == f"sqlite:///{path.parent}/storywatch.db"
    assert [topic.name for topic in settings.topics] == ["police-face-recognition"]
    assert [route.channels for route in settings.routes] == [("console",)]
    assert len(settings.feeds) == 40


def test_every_example_in_the_starter_configuration_is_right(write):
    """Uncommenting every example gives a configuration that lacks only its articles and secrets."""
    examples = re.sub(r"^# (?=\[|\w+ = )", "", starter_config(), flags=re.MULTILINE)
    path = write(
        storywatch_toml=examples,
        feeds_opml=(SEEDS / "feeds.opml").read_bytes(),
        articles__a_txt="",
        **{"seeds__police-face-recognition__topic_toml": ""},
    )
    secrets = {
        "SMTP_PASSWORD": "x",
        "HOOK_SECRET": "whsec_QUJD",
        "FEED_KEY": "x",
        "PAGES_TOKEN": "the-token-of-an-owner",
        "READER_TOKEN": "the-token-of-a-reader",
        "FEED_PASSWORD": "x",
        "CHAT_URL": "ntfys://topic",
    }
    settings = load_settings(path, environ={"PATH": os.environ["PATH"], **secrets})
    assert settings.warnings == ()
    assert [topic.name for topic in settings.topics] == [
        "police-face-recognition",
        "port-strikes",
        "night-trains",
    ]
    assert [route.is_digest for route in settings.routes] == [False, True]


def test_starter_feeds_are_secure_and_named_once():
    """Each has HTTPS, a title and a folder, and no address occurs twice."""
    feeds = load_settings_of_opml(SEEDS / "feeds.opml")
    assert all(feed.url.startswith("https://") and feed.title and feed.tags for feed in feeds)
    assert len({feed.url for feed in feeds}) == len(feeds) == 40


def load_settings_of_opml(path) -> tuple[FeedConfig, ...]:
    """Return the feeds of a list as a configuration beside it names them."""
    return parse_settings("[[feeds]]\nopml = 'feeds.opml'", path.parent / "x.toml", environ={}).feeds


def test_a_feed_in_a_list_has_file_and_line(write):
    """Its folders and the tags of its entry are its tags."""
    path = write(
        storywatch_toml="[[feeds]]\nopml = 'lists/mine.opml'\ntags = 'all'\ninterval = '1h'\n",
        lists__mine_opml="<opml>\n<outline text='A'>\n<outline xmlUrl='http://u:p@x.example'/>\n</outline>\n<outline xmlUrl=''/></opml>",
    )
    settings = load_settings(path, environ={})
    (feed,) = settings.feeds
    assert (feed.url, feed.tags, feed.username, feed.password) == (
        "http://x.example/",
        ("all", "A"),
        "u",
        "p",
    )
    assert (feed.source, feed.line) == (path.parent / "lists" / "mine.opml", 3)
    assert "mine.opml:5: a feed has an empty xmlUrl" in str(settings.warnings[-1])


def test_a_broken_list_is_named_with_its_own_line(write):
    """The error is located in the list, and hides no other."""
    path = write(storywatch_toml="zzz = 1\n[[feeds]]\nopml = 'a.opml'\n", a_opml="<opml>\n<outline>\n</opml>")
    unknown, broken = errors_of(path)
    assert unknown.startswith("storywatch.toml:1: zzz: unknown key")
    assert broken.startswith("a.opml:3: the list is not XML (mismatched tag); ")


def test_articles_are_the_files_a_pattern_names(write):
    """They are sorted and unique, without folders; an existing file with pattern characters is taken literally."""
    path = write(
        storywatch_toml="[[topics]]\nname = 'a'\narticles = ['x/*.txt', 'x/b.txt', '[1].txt']",
        x__b_txt="", x__a_txt="", x__c_html="", **{"[1]_txt": ""},
    )  # fmt: skip
    (topic,) = load_settings(path, environ={}).topics
    assert [str(article.relative_to(path.parent)) for article in topic.articles] == [
        "x/a.txt",
        "x/b.txt",
        "[1].txt",
    ]


def test_secrets_come_from_files_and_credentials(write, tmp_path):
    """Paths are relative to the configuration, systemd credentials come first, and the line end is removed."""
    path = write(
        storywatch_toml="[[feeds]]\nurl = 'http://x.example'\nusername = {file = 'user'}\npassword = {file = 'pass'}\n",
        user="me\r\n", **{"pass": "from here"}, credentials__pass=" from systemd\n",
    )  # fmt: skip
    (feed,) = load_settings(path, environ={"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}).feeds
    assert (feed.username, feed.password) == ("me", " from systemd")


def test_a_byte_order_mark_is_no_part_of_a_secret(write):
    """Editors that save "UTF-8 with BOM" begin the file with one."""
    marked = b"\xef\xbb\xbfsesame\r\n"
    path = write(
        storywatch_toml="[[feeds]]\nurl = 'http://x.example'\npassword = {file = 'p'}\nusername = 'me'\n",
        p=marked,
    )
    (feed,) = load_settings(path, environ={}).feeds
    assert feed.password == "sesame"


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n", "is empty"),
        (b"\xff", "is not UTF-8"),
        (b"x" * 70_000, "is longer"),
    ],
)
def test_an_invalid_secret_file_is_refused(write, content, cause):
    """The file is named and its content is not shown."""
    path = write(storywatch_toml="database = {file = 'secret'}", secret=content)
    (error,) = errors_of(path)
    assert error.startswith(f"storywatch.toml:1: database: secret file 'secret' {cause}")


def test_a_secret_that_everybody_can_read_is_a_warning(write):
    """Each such place is named while the file is readable by all; the secret is not shown."""
    path = write(
        storywatch_toml="database = 'postgresql+psycopg://u:canary@h/d'\n"
        "[[feeds]]\nurl = 'https://u:canary@x.example'\nheaders = {Authorization = 'canary', Accept = 'x'}\n"
        "[[channels]]\nname = 'h'\ntype = 'webhook'\nurl = 'https://h.example'\nsecret = 'whsec_QUJD'\n"
    )
    told = "the file contains a secret"
    assert not [warning for warning in load_settings(path, environ={}).warnings if told in warning.cause]
    path.chmod(0o644)
    warnings = [warning for warning in load_settings(path, environ={}).warnings if told in warning.cause]
    assert [warning.line for warning in warnings] == [1, 3, 4, 9]
    assert "canary" not in str(warnings)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"contact = 'a'\nx = '\xff'", "storywatch.toml:2: is not UTF-8 text; save it as UTF-8"),
        (
            b"\xef\xbb\xbfcontact = 5",
            "storywatch.toml:1: contact: expected a string in quotes, found a whole number",
        ),
        (
            b"contact = 5\r\n\r\nzzz = 1\r\n",
            "storywatch.toml:1: contact: expected a string in quotes, found a whole number",
        ),
    ],
)
def test_other_encodings_are_refused(write, content, error):
    """The error has the line; a byte order mark and Windows line ends are accepted."""
    assert errors_of(write(storywatch_toml=content))[0].startswith(error)


def test_an_unreadable_file_is_refused(tmp_path):
    """A missing file and a folder each give one clear sentence."""
    (missing,) = errors_of(tmp_path / "storywatch.toml")
    assert (
        missing
        == "storywatch.toml: cannot be read (No such file or directory); `storywatch init` writes a configuration"
    )
    (folder,) = errors_of(tmp_path)
    assert "cannot be read (Is a directory)" in folder


def test_the_configuration_is_searched_in_order(tmp_path):
    """The order is option, variable, working directory, user's folder, system's folder."""
    here, user, system = tmp_path / "here", tmp_path / "user", tmp_path / "etc"
    environ = {"XDG_CONFIG_HOME": str(user)}

    def found(asked=None, **more):
        return find_configuration(asked, environ={**environ, **more}, folder=here, system=system)

    with pytest.raises(ConfigErrors, match="storywatch init"):
        found()
    for folder in (system, user / "storywatch", here):
        folder.mkdir(parents=True)
        (folder / "storywatch.toml").touch()
        assert found() == folder / "storywatch.toml"
    assert found(STORYWATCH_CONFIG="other.toml") == Path("other.toml")
    assert found(Path("asked.toml"), STORYWATCH_CONFIG="other.toml") == Path("asked.toml")
    assert found(system) == system / "storywatch.toml"


def test_parsers_are_imported_only_for_reading_a_configuration(write):
    """A valid file needs no TOML grammar, also where it causes warnings."""
    path = write(storywatch_toml=starter_config(), feeds_opml="<opml><outline xmlUrl='http://x.example'/></opml>",
                 **{"seeds__police-face-recognition__topic_toml": ""})  # fmt: skip
    program = (
        "import pathlib, sys\n"
        "from monitor.config.load import load_settings\n"
        f"load_settings(pathlib.Path({str(path)!r}), environ={{}})\n"
        "assert 'tree_sitter' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONWARNINGS": "error"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=False) | st.dates()
    | st.sampled_from(["", "*", "1h", "5MB", "a", "email", "webhook", "digest", "0 7 * * *", "22:00-07:00", "UTC", "https://x.example/"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["env", "file", "x"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def tables_of(section):
    """Return a strategy for a table of a section: its keys with any values."""
    return st.dictionaries(st.sampled_from(known_keys(section)), VALUES, max_size=6) | VALUES


CONFIGURATIONS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("database", "contact", "operators"), VALUES),
        **{section: tables_of(section) for section in TABLES},
        **{section: st.lists(tables_of(section), max_size=3) for section in LISTS},
    },
)


@given(CONFIGURATIONS)
def test_any_configuration_is_read_or_refused(tables):
    """Any content gives settings or errors with lines, never another exception."""
    text = tomlkit.dumps(without_none(tables))
    errors = ()
    try:
        parse_settings(text, Path("storywatch.toml"), environ={})
    except ConfigErrors as found:
        errors = found.errors
    assert all(1 <= (error.line or 0) <= text.count("\n") + 1 for error in errors)


def without_none(value):
    """Return what TOML can hold of a value."""
    if isinstance(value, dict):
        return {key: without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_none(inner) for inner in value if inner is not None]
    return value
