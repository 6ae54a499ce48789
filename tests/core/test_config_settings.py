"""A valid configuration becomes frozen settings with defaults for missing keys."""

from dataclasses import replace
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config.load import parse_settings
from storage.model import Channel, Policy, Route, Updates

PATH = Path("/srv/desk/storywatch.toml")
SECRET = "whsec_c3Rvcnl3YXRjaCBzdG9yeXdhdGNo"
ENVIRON = {"HOOK": SECRET, "PASSWORD": "pw", "TZ": "Europe/Vienna", "PATH": "/usr/bin:/bin"}

WHOLE = """
database = "postgresql+psycopg://desk@db.example/stories"
contact = "https://desk.example/bot"
operators = "mail"
[storage]
keep = "30d"
[polling]
interval = "2h"
min_interval = "30m"
max_interval = "12h"
concurrency = 7
timeout = "10s"
max_bytes = "2MB"
host_delay = "0s"
allow_networks = "127.0.0.0/8"
allow_ports = []
[[feeds]]
url = "HTTPS://News.Example:443/feed?a=b#top"
title = "News"
interval = "1h"
tags = "local"
headers = {X-Key = {env = "PASSWORD"}, Accept = "application/xml"}
username = "me"
password = {env = "PASSWORD"}
[[feeds]]
url = "https://user:p%40ss@other.example/"
[[topics]]
name = "ports"
query = 'port AND (strike OR "walk out")'
feeds = ["tag:LOCAL", "https://other.example"]
[[channels]]
name = "mail"
type = "email"
to = "desk@desk.example"
from = "Story Watch <watch@desk.example>"
host = "mail.desk.example"
security = "tls"
username = "u"
password = {env = "PASSWORD"}
[[channels]]
name = "hook"
type = "webhook"
url = "https://hook.example/in"
secret = [{env = "HOOK"}, "whsec_QUJD"]
[[channels]]
name = "program"
type = "command"
command = "sh -c 'cat > /dev/null'"
[[channels]]
name = "file"
type = "feed"
path = "out/alerts.xml"
[[routes]]
topics = "ports"
channels = ["mail", "hook"]
send = "alerts"
group_wait = "0s"
updates = "every-item"
max_per_hour = 3
quiet = "22:00-07:00"
timezone = "Europe/Berlin"
[[routes]]
channels = "mail"
send = "digest"
at = "30 6 * * 1-5"
"""


def settings_of(text):
    """Return the settings of a configuration text located in /srv/desk."""
    return parse_settings(text, PATH, environ=ENVIRON)


def test_every_key_has_a_default():
    """An empty file is valid, has no feeds, warns about it, and routes alerts to the console."""
    settings = settings_of("")
    assert settings.database == "sqlite:////srv/desk/storywatch.db"
    assert settings.contact == ""
    assert settings.storage.keep == timedelta(days=400)
    polling = settings.polling
    assert (polling.interval, polling.min_interval, polling.max_interval) == (
        timedelta(hours=1), timedelta(minutes=15), timedelta(hours=24),
    )  # fmt: skip
    assert (polling.concurrency, polling.max_bytes, polling.allow_ports) == (100, 5_000_000, (80, 443))
    assert settings.channels == (Channel(name="console", type="console"),)
    policy = Policy(
        group_wait=timedelta(minutes=2),
        updates=Updates.WHEN_IT_GROWS,
        max_per_hour=20,
        quiet=None,
        timezone=ZoneInfo("Europe/Vienna"),
    )
    assert settings.routes == (
        Route(name="alerts of * to console", topics=("*",), channels=("console",), policy=policy),
    )
    assert (settings.operators, settings.alert_channels) == (None, ("console",))
    assert [warning.cause for warning in settings.warnings] == [
        "no feeds are configured, so nothing will be polled",
        "no topics are configured, so no alert will be sent",
    ]
    assert [warning.remedy for warning in settings.warnings] == ["add [[feeds]]", "add [[topics]]"]


def test_every_section_is_read():
    """Every documented key reaches its setting; one string stands for a list of one."""
    settings = settings_of(WHOLE)
    assert settings.path == PATH
    assert settings.database == "postgresql+psycopg://desk@db.example/stories"
    assert settings.operators == ("mail",)
    assert settings.storage.keep == timedelta(days=30)
    polling = settings.polling
    assert (polling.interval, polling.min_interval) == (timedelta(hours=2), timedelta(minutes=30))
    assert (polling.timeout, polling.host_delay) == (timedelta(seconds=10), timedelta(0))
    assert (polling.max_bytes, polling.concurrency) == (2_000_000, 7)
    assert (polling.allow_networks, polling.allow_ports) == ((ip_network("127.0.0.0/8"),), ())
    assert settings.warnings == ()


def test_feeds_are_read():
    """URLs are normalised, credentials are stored apart, and each feed keeps its line."""
    news, other = settings_of(WHOLE).feeds
    assert (news.url, news.title, news.tags, news.line) == (
        "https://news.example/feed?a=b",
        "News",
        ("local",),
        17,
    )
    assert news.interval == timedelta(hours=1)
    assert news.headers == (("X-Key", "pw"), ("Accept", "application/xml"))
    assert (news.username, news.password) == ("me", "pw")
    assert (other.url, other.username, other.password) == ("https://other.example/", "user", "p@ss")
    assert other.source == PATH


def test_a_topic_chooses_feeds_by_tag_title_or_url():
    """The filter becomes the URLs of the matching feeds; the position of the query is kept."""
    (ports,) = settings_of(WHOLE).topics
    assert ports.feeds == ("https://news.example/feed?a=b", "https://other.example/")
    assert (ports.query, ports.breadth) == ('port AND (strike OR "walk out")', None)
    assert ports.line == 27
    (titled,) = settings_of(WHOLE.replace('["tag:LOCAL", "https://other.example"]', '"News"')).topics
    assert titled.feeds == ("https://news.example/feed?a=b",)


def test_channels_are_read():
    """Each type has its required keys, absolute paths and resolved secrets."""
    mail, hook, program, file = settings_of(WHOLE).channels
    assert (mail.to, mail.sender) == (("desk@desk.example",), "Story Watch <watch@desk.example>")
    assert (mail.host, mail.port, mail.security) == ("mail.desk.example", 465, "tls")
    assert (mail.username, mail.password) == ("u", "pw")
    assert (hook.url, hook.secrets) == ("https://hook.example/in", (SECRET, "whsec_QUJD"))
    assert program.command[0].endswith("/sh")
    assert program.command[1:] == ("-c", "cat > /dev/null")
    assert file.path == "/srv/desk/out/alerts.xml"


def test_routes_are_read():
    """Alert routes have a policy and digest routes a time; both have a stable name."""
    alerts, digest = settings_of(WHOLE).routes
    named = "alerts of ports to mail, hook"
    assert (alerts.name, alerts.topics, alerts.channels) == (named, ("ports",), ("mail", "hook"))
    assert alerts.policy == Policy(
        group_wait=timedelta(0),
        updates=Updates.EVERY_ITEM,
        max_per_hour=3,
        quiet=(time(22), time(7)),
        timezone=ZoneInfo("Europe/Berlin"),
    )
    assert (digest.name, digest.at, digest.is_digest) == ("digest of * to mail", "30 6 * * mon-fri", True)
    assert digest.policy.timezone == ZoneInfo("Europe/Vienna")


def test_no_secret_is_shown():
    """Printing the settings, or anything in them, prints none of the secrets."""
    shown = repr(settings_of(WHOLE.replace("desk@db", "desk:dbpass@db")))
    for secret in ("'pw'", "p@ss", "p%40ss", SECRET, "whsec_QUJD", "dbpass"):
        assert secret not in shown


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example/",
        "http://127.0.0.1/",
        "nonsense",
        "http://u:canary@[::1",
        "http://u:canary/canary@x.example/",
        "u:canary@x.example",
        "http://x:99999/",
    ],
)
def test_a_private_feed_is_no_configuration_error(url):
    """It stays a feed; polling reports its error, without its credentials."""
    (feed,) = settings_of(f"[[feeds]]\nurl = '{url}'").feeds
    assert "canary" not in repr(feed)


def test_a_feed_named_twice_is_one_feed():
    """The first entry is completed by the second, and a warning names both lines."""
    settings = settings_of(
        "[[feeds]]\nurl = 'http://x.example'\ntags = 'a'\n"
        "[[feeds]]\nurl = 'HTTP://X.example:80/#f'\ntitle = 'X'\ntags = ['b', 'a']\npassword = {env = 'PASSWORD'}\n"
    )
    (feed,) = settings.feeds
    assert (feed.url, feed.title, feed.tags, feed.password, feed.line) == (
        "http://x.example/",
        "X",
        ("a", "b"),
        "pw",
        1,
    )
    assert str(settings.warnings[1]).startswith(
        f"{PATH}:5: feeds[2].url: the feed is already subscribed at line 1"
    )


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ("interval = '2s'", ("2s", "2s", "24h")),
        ("interval = '2d'", ("15m", "2d", "2d")),
        ("max_interval = '5m'", ("5m", "5m", "5m")),
        ("min_interval = '30h'", ("30h", "30h", "30h")),
        ("min_interval = '1m'\ninterval = '5s'", ("1m", "1m", "24h")),
    ],
)
def test_bounds_follow_the_interval_where_they_are_not_given(written, bounds):
    """Any interval of a second or more is accepted, and always lies within the bounds."""
    hours = {"2s": 2, "24h": 86_400, "2d": 172_800, "15m": 900, "5m": 300, "30h": 108_000, "1m": 60}
    polling = settings_of(f"[polling]\n{written}").polling
    found = (polling.min_interval, polling.interval, polling.max_interval)
    assert found == tuple(timedelta(seconds=hours[bound]) for bound in bounds)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[polling]\ninterval = '14m'", "2: polling.interval: 14m is under 15m"),
        ("[polling]\nmin_interval = '1m'", "2: polling.min_interval: 1m is under 15m"),
        ("[[feeds]]\nurl = 'x'\ninterval = '1s'", "3: feeds[1].interval: 1s is under 15m"),
        (
            "[polling]\nmin_interval = '2h'\ninterval = '1h'",
            "3: polling.interval: 1h is outside its bounds, 2h to 1d",
        ),
        (
            "[[channels]]\nname = 'h'\ntype = 'webhook'\nurl = 'http://h.example'",
            "1: channels[1]: the webhook is not signed",
        ),
        (
            WHOLE.replace('"tls"', '"none"'),
            "37: channels[1].security: the password is sent over the network in clear text",
        ),
        (
            "[[routes]]\nsend = 'digest'\nat = '0 7 * * *'\nquiet = '22:00-07:00'",
            "4: routes[1].quiet: does not apply to a digest",
        ),
        (
            "[[routes]]\nsend = 'digest'\nat = '0 7 1 * mon'",
            "3: routes[1].at: limits both the day and the weekday",
        ),
        (
            "[[topics]]\nname = 'a'\nquery = 'x'\nbreadth = 'wide'",
            "4: topics[1].breadth: does not apply to a query",
        ),
    ],
)
def test_questionable_settings_are_warnings(text, warning):
    """A warning stops nothing and is kept in the settings with its line."""
    found = [str(each).removeprefix(f"{PATH}:") for each in settings_of(text).warnings]
    assert any(each.startswith(warning) for each in found), found


def test_two_readings_are_equal():
    """Settings compare by value, so a reload can tell whether anything changed."""
    assert settings_of(WHOLE) == settings_of(WHOLE)
    assert replace(settings_of(WHOLE), contact="x") != settings_of(WHOLE)


def test_all_feeds_of_a_file_share_its_path():
    """The path of the file is one value for all of its feeds: 100,000 paths would take long to make, and much memory."""
    written = "".join(f'[[feeds]]\nurl = "https://{name}.example/"\n' for name in "ab")
    assert len({id(feed.source) for feed in settings_of(written).feeds}) == 1
