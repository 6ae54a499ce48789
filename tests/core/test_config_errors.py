"""Every error in a configuration is reported with its line, cause and fix, all of them in one run."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from monitor.config.errors import ConfigError, ConfigErrors
from monitor.config.load import parse_settings
from monitor.config.schema import LISTS, TABLES
from monitor.config.types import listen

PATH = Path("storywatch.toml")
LIST = Path(__file__).parents[2] / "seeds" / "feeds.opml"  # any file that is there
ENVIRON = {"SET": "canary", "BLANK": "", "PATH": "/nonexistent"}
TOPIC = '\n[[topics]]\nname = "a"\nquery = "x"\n'
MAIL = '[[channels]]\nname = "m"\ntype = "email"\nto = "a@b.example"\nfrom = "c@d.example"\n'
HOOK = '[[channels]]\nname = "h"\ntype = "webhook"\nurl = "https://x.example/"\n'


def errors_of(text, **arguments):
    """Return the errors of a configuration as printed, without the file's name."""
    with pytest.raises(ConfigErrors) as found:
        parse_settings(text, PATH, environ=ENVIRON, **arguments)
    return [str(error).removeprefix("storywatch.toml:") for error in found.value.errors]


CASES = [
    # keys
    ("databse = 'x'", "1: databse: unknown key; did you mean 'database'?"),
    ("[polling]\nintervall = '1h'", "2: polling.intervall: unknown key; did you mean 'interval'?"),
    ("[[feeds]]\nurl = 'x'\n[[feeds]]\nurl = 'y'\nintervall = '1h'", "5: feeds[2].intervall: unknown key; did you mean 'interval'?"),
    ("[storage]\ninterval = '1h'", "2: storage.interval: unknown key; it belongs to [polling] or [[feeds]]"),
    ("[storage]\nzzz = 1", "2: storage.zzz: unknown key; choose among keep"),
    ("[[routes]]\n[routes.x]\ny = 1", "2: routes[1].x: unknown key;"),
    # types
    ("contact = 5", "1: contact: expected a string in quotes, found a whole number"),
    ("[polling]\nconcurrency = '5'", "2: polling.concurrency: expected a whole number without quotes, found a string"),
    ("[polling]\nconcurrency = true", "2: polling.concurrency: expected a whole number without quotes, found true or false"),
    ("[polling]\ntimeout = 30", '2: polling.timeout: expected a duration such as "15m", found a whole number'),
    ("[storage]\nkeep = 2026-01-01", '2: storage.keep: expected a duration such as "15m", found a date or time'),
    ("polling = 3", "1: polling: is not a table; write [polling]"),
    ("[feeds]\nurl = 'x'", "1: feeds: is not a list of tables; write [[feeds]] with two brackets"),
    ("feeds = ['https://x.example']", "1: feeds[1]: is not a table; write [[feeds]]"),
    ("[[feeds]]\nurl = 'x'\ntags = {a = 1}", "3: feeds[1].tags"),
    ("[[feeds]]\nurl = 'x'\nheaders = 'A: b'", '3: feeds[1].headers: expected a table such as {name = "…"}'),
    # values
    ("[polling]\ninterval = '15 minutes'", "2: polling.interval: '15 minutes' is not a duration; write a number and ms, s"),
    ("[polling]\ninterval = '100ms'", "2: polling.interval: is shorter than a second"),
    ("[polling]\nmin_interval = '2h'\nmax_interval = '1h'", "2: polling.min_interval: 2h is longer than max_interval (1h)"),
    ("[polling]\nmax_bytes = '5 lightyears'", "2: polling.max_bytes: '5 lightyears' is not a size"),
    ("[polling]\nconcurrency = 0", "2: polling.concurrency: 0 is too small; write 1 or more"),
    ("[polling]\nallow_ports = [80,\n70000]", "3: polling.allow_ports[2]: 70000 is too large; write 65535 or less"),
    ("[polling]\nallow_networks = ['127.0.0.1/8']", "2: polling.allow_networks[1]: '127.0.0.1/8' is not a network; did you mean"),
    ('contact = "a\\u0007"', "1: contact: contains a control character"),
    ("contact = 'me (not you)'", "1: contact: cannot be sent in the User-Agent header"),
    ("database = 'mysql://u:canary@h/d'", "1: database: the scheme 'mysql' is not supported; write 'sqlite:///storywatch.db'"),
    # feeds
    ("[[feeds]]\nurl = ''", "2: feeds[1].url: is an empty string"),
    ("[[feeds]]\ntitle = 'x'", "1: feeds[1]: has neither 'url' nor 'opml'"),
    (f"[[feeds]]\nurl = 'x'\nopml = '{LIST}'", "3: feeds[1].opml: cannot be combined with 'url'; write two [[feeds]] tables"),
    ("[[feeds]]\nopml = 'nowhere.opml'", "2: feeds[1].opml: there is no file"),
    (f"[[feeds]]\nopml = '{LIST}'\nheaders = {{A = 'b'}}", "3: feeds[1].headers: cannot be set for a list of feeds"),
    ("[[feeds]]\nurl = 'x'\nheaders = {'a b' = 'c'}", "3: feeds[1].headers.a b: 'a b' is not a header name"),
    ("[[feeds]]\nurl = 'x'\n[feeds.headers]\nA = \"b\\r\\nC: d\"", "4: feeds[1].headers.A: contains a control character"),
    # secrets
    ("[[feeds]]\nurl = 'x'\npassword = {env = 'UNSET'}", "3: feeds[1].password: environment variable 'UNSET' is not set; set it"),
    ("[[feeds]]\nurl = 'x'\npassword = {env = 'BLANK'}", "3: feeds[1].password: environment variable 'BLANK' is empty"),
    ("[[feeds]]\nurl = 'x'\npassword = {file = 'nowhere'}", "3: feeds[1].password: secret file"),
    ("[[feeds]]\nurl = 'x'\npassword = {enb = 'SET'}", "3: feeds[1].password: is a table without 'env' or 'file'; write {env"),
    ("database = {env = 'SET'}", "1: database: is not a database URL; write 'sqlite:///"),
    (HOOK + "secret = {env = 'SET'}", "5: channels[1].secret: is not a Standard Webhooks secret; write 'whsec_'"),
    (HOOK + "secret = ['whsec_QUJD',\n'whsec_?']", "6: channels[1].secret[2]: is not a Standard Webhooks secret"),
    # topics
    ("[[topics]]\nquery = 'x'", "1: topics[1]: has no 'name'; add it"),
    ("[[topics]]\nname = ' a'\nquery = 'x'", "2: topics[1].name: is not a name"),
    ("[[topics]]\nname = 'a*'\nquery = 'x'", "2: topics[1].name: contains '*', which means all of them"),
    ("[[topics]]\nname = 'a'", "1: topics[1]: has none of 'articles', 'rule' and 'query'; give one of them"),
    ("[[topics]]\nname = 'a'\nquery = ' '", "3: topics[1].query: is an empty query"),
    (TOPIC + f"rule = '{LIST}'", "5: topics[1].rule: cannot be combined with 'query'; keep one of them"),
    (TOPIC + TOPIC, "7: topics[2].name: the name 'a' is already used at line 2; choose another"),
    ("[[topics]]\nname = 'a'\nrule = 'nowhere.toml'", "3: topics[1].rule: there is no file"),
    ("[[topics]]\nname = 'a'\narticles = ['nowhere/*.txt']", "3: topics[1].articles[1]: no file matches"),
    ("[[topics]]\nname = 'a'\narticles = 'https://x.example/'", "3: topics[1].articles: no file matches 'https://x.example/'; save the page"),
    ("[[topics]]\nname = 'a'\narticles = []", "3: topics[1].articles: is empty; name at least one"),
    (TOPIC + "breadth = 'huge'", "5: topics[1].breadth: 'huge' is not an allowed value; choose 'narrow', 'story' or 'wide'"),
    (TOPIC + "feeds = ['tag:tehc']\n[[feeds]]\nurl = 'x'\ntags = 'tech'", "5: topics[1].feeds[1]: no feed matches 'tag:tehc'; did you mean 'tag:tech'?"),
    # channels
    ("[[channels]]\nname = 'a'", "1: channels[1]: has no 'type'; add it"),
    ("[[channels]]\nname = 'a'\ntype = 'webhok'", "3: channels[1].type: 'webhok' is not an allowed value; did you mean 'webhook'?"),
    ("[[channels]]\nname = 'a'\ntype = 'apprise'", "1: channels[1]: has no 'url'"),
    ("[[channels]]\nname = 'a'\ntype = 'apprise'\nurl = 'nosuch://x'", "4: channels[1].url: is not an address that apprise"),
    ("[[channels]]\nname = 'a'\ntype = 'webhook'", "1: channels[1]: has no 'url'; a channel of type 'webhook' needs it"),
    ("[[channels]]\nname = 'a'\ntype = 'feed'", "1: channels[1]: has no 'path'"),
    ("[[channels]]\nname = 'a'\ntype = 'email'\nto = 'a@b.example'", "1: channels[1]: has no 'from'"),
    (MAIL.replace("a@b", "a b"), "4: channels[1].to: 'a b.example' is not a mail address"),
    (MAIL.replace("c@d.example", "c@d.example\\r\\nBcc: x@y.example").replace("'", '"'), "5: channels[1].from:"),
    (MAIL + "url = 'https://x.example/'", "6: channels[1].url: does not apply to a channel of type 'email'; remove it"),
    (MAIL + "password = 'canary'", "6: channels[1].password: needs 'username'; give both or neither"),
    (MAIL + "security = 'ssl'", "6: channels[1].security: 'ssl' is not an allowed value; choose 'none', 'starttls' or 'tls'"),
    (HOOK.replace("https", "gopher"), "4: channels[1].url: the URL's scheme is 'gopher'"),
    (HOOK.replace("x.example", "999.1.1.1"), "4: channels[1].url: the URL names no valid host"),
    (HOOK.replace("x.example", "xn--a"), "4: channels[1].url: the URL names no valid host"),
    (HOOK.replace("x.example/", "x.example/" + "\N{GRINNING FACE}" * 8000), "4: channels[1].url: the URL is longer than 8192 characters once"),
    (HOOK.replace("https://", ""), "4: channels[1].url: the URL has no scheme; start it with https://"),
    ("[[channels]]\nname = 'a'\ntype = 'command'\ncommand = 'no-such-program -x'", "4: channels[1].command: there is no program 'no-such-program'"),
    ("[[channels]]\nname = 'a'\ntype = 'command'\ncommand = 'say \"x'", "4: channels[1].command: cannot be split"),
    # routes
    (TOPIC + "[[routes]]\ntopics = 'b'", "6: routes[1].topics: unknown topic 'b'; choose among *, a"),
    (TOPIC + "[[routes]]\ntopics = ['*',\n'aa']", "7: routes[1].topics[2]: unknown topic 'aa'; did you mean 'a'?"),
    (MAIL + "[[routes]]\nchannels = ['mm']", "7: routes[1].channels[1]: unknown channel 'mm'; did you mean 'm'?"),
    ("operators = 'desk'", "1: operators: unknown channel 'desk'; choose among console"),
    ("[[routes]]\nsend = 'digest'", "1: routes[1]: a digest needs 'at'; add a time"),
    ("[[routes]]\nat = '0 7 * * *'", "2: routes[1].at: applies only to digests"),
    ("[[routes]]\nsend = 'digest'\nat = '0 7 * * xyz'", "3: routes[1].at: 'xyz' is not a value of the weekday field (0-7)"),
    ("[[routes]]\nquiet = '22-7'", "2: routes[1].quiet: '22-7' is not a range of quiet hours"),
    ("[[routes]]\ntimezone = 'Europe/Berln'", "2: routes[1].timezone: 'Europe/Berln' is not a time zone; did you mean 'Europe/Berlin'?"),
    ("[[routes]]\nupdates = 'sometimes'", "2: routes[1].updates: 'sometimes' is not an allowed value; choose among every-item"),
    ("[[routes]]\ngroup_wait = 'soon'", "2: routes[1].group_wait: 'soon' is not a duration"),
    ("[[routes]]\nmax_per_hour = 0", "2: routes[1].max_per_hour: 0 is too small; write 1 or more"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error"), CASES)
def test_each_mistake_is_named_with_its_line(text, error):
    """Each mistake gives one error with its line and the expected text, and no error shows a secret."""
    (found,) = errors_of(text)
    assert found.startswith(error)
    assert "; " in found or ": expected " in found
    assert "canary" not in found


def keys_that_take_a_number():
    """Yield every key of the configuration that takes a whole number, with a text that sets it to `{}`."""
    for section, table in {**TABLES, **LISTS}.items():
        header = f"[{section}]" if section in TABLES else f"[[{section}]]"
        for one in fields(table):
            if "int" in re.findall(r"\w+", one.type) and one.metadata["reader"] is not listen:
                yield pytest.param(f"{header}\n{one.name} = {{}}\n", id=f"{section}.{one.name}")


@pytest.mark.parametrize("digits", [20, 400, 5000])
@pytest.mark.parametrize("text", list(keys_that_take_a_number()))
def test_a_number_of_any_length_is_an_error_with_its_line(text, digits):
    """A number too large for its key is an error with a line, positive or negative, at every key."""
    for sign in ("", "-"):
        errors = errors_of(text.format(sign + "9" * digits))
        assert any(error.startswith("2: ") and "number" in error for error in errors), errors


def test_a_size_and_a_cron_field_of_any_length_are_errors():
    """Numbers inside strings are bounded as well."""
    long = "9" * 5000
    (size,) = errors_of(f"[polling]\nmax_bytes = '{long}MB'")
    assert "is not a size" in size
    (step,) = errors_of(f"[[routes]]\nsend = 'digest'\nat = '*/{long} * * * *'")
    assert "is not a step of the minute field" in step


MAILBOXES = [
    '"Doe, Jane" <jane@example.org>',
    '"Story Watch" <watch@example.org>',
    "Zo\u00eb <zoe@b\u00fccher.example>",
    "zoe@b\u00fccher.example",
    "Jane Doe <jane@example.org>",
]


@pytest.mark.parametrize("mailbox", MAILBOXES)
def test_mail_addresses_may_have_names(mailbox):
    """Sender and recipients are written as mail programs write them (RFC 5322), quoted names and IDN domains too."""
    text = f"[[channels]]\nname = 'm'\ntype = 'email'\nto = '{mailbox}'\nfrom = '{mailbox}'\n"
    (channel,) = parse_settings(text, PATH, environ={}).channels
    assert (channel.to, channel.sender) == ((mailbox,), mailbox)


def test_three_mistakes_are_named_at_once():
    """Errors in one entry hide neither each other nor errors in other entries."""
    text = "[polling]\nintervall = '1h'\n[[routes]]\nquiet = 'x'\nchannels = ['x']\n[[feeds]]\nurl = ''\n"
    assert [error.split(":")[:2] for error in errors_of(text)] == [
        ["2", " polling.intervall"],
        ["4", " routes[1].quiet"],
        ["5", " routes[1].channels[1]"],
        ["7", " feeds[1].url"],
    ]


def test_a_line_that_is_not_toml_hides_no_other_mistake():
    """Reading continues after a syntax error, and keys that the broken line may hold are not called missing."""
    text = "[[channels]]\nname = desk\ntype = 'console'\n[[routes]]\nchannels = 'desk'\nquiet = 'x'\n"
    slip, quiet = errors_of(text)
    assert slip == "2: not TOML: invalid value; put the value in quotes"
    assert quiet.startswith("6: routes[1].quiet: ")


def test_errors_in_rules_and_queries_are_reported():
    """Errors in rules and queries are listed with the others, at the position of the query in the file."""

    def judge(topic):
        place = f"begins in line {topic.query_line}"
        yield ConfigError(path=topic.path, line=topic.query_line, where="", cause=place, remedy="mend it")

    text = "[[topics]]\nname = 'a'\nquery = '''\nx AND ('''\n[polling]\ntimeout = 'x'\n"
    query, polling = errors_of(text, check_topic=judge)
    assert query == "4: begins in line 4; mend it"
    assert polling.startswith("6: polling.timeout: ")


def test_an_error_is_one_printable_line():
    """Escape sequences and line breaks in keys are shown escaped."""
    (error,) = errors_of('"\\u001b[31m\\nx" = 1')
    assert error.startswith("1: \\x1b[31m\\nx: unknown key")


def test_str_is_one_line_for_each_error():
    """The exception's text is what the command line prints."""
    with pytest.raises(ConfigErrors) as found:
        parse_settings("a1 = 1\nb1 = 2\n", PATH, environ={})
    lines = str(found.value).splitlines()
    assert [line[:22] for line in lines] == ["storywatch.toml:1: a1:", "storywatch.toml:2: b1:"]
