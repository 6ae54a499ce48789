"""Polling intervals follow a feed's publishing habit and never go below what the feed or server asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.feed_state.cache_lifetime import cache_lifetime, retry_after
from monitor.polling.feed_state.schedule import (
    Activity,
    Bounds,
    Pace,
    after_failure,
    after_success,
    quiet_until,
    wishes_of,
)
from monitor.polling.parsing.parsed_feed import Hints

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
BOUNDS = Bounds()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FRACTION = st.floats(min_value=0, max_value=1, exclude_max=True)


def success(
    *,
    bounds: Bounds = BOUNDS,
    new: int = 0,
    over: timedelta = timedelta(0),
    hints: Hints | None = None,
    **headers: str,
) -> Pace:
    """Return the schedule after a success with these headers (`_` for `-`)."""
    return after_success(
        now=NOW,
        bounds=bounds,
        activity=Activity(new_items=new, over=over),
        hints=hints or Hints(),
        wishes=wishes_of(_named(headers), now=NOW, bounds=bounds),
    )


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def failure(
    failures: int = 1, *, interval: timedelta = HOUR, bounds: Bounds = BOUNDS, **headers: str
) -> Pace:
    """Return the schedule after so many errors in a row."""
    wishes = wishes_of(_named(headers), now=NOW, bounds=bounds, failed=True)
    return after_failure(now=NOW, bounds=bounds, interval=interval, failures=failures, wishes=wishes)


def test_a_new_feed_starts_with_the_configured_interval() -> None:
    """Nothing is known of the feed yet, so the configured interval applies."""
    assert success().interval == HOUR
    assert success().next_poll == NOW + HOUR


def test_the_interval_follows_the_rate_of_new_items() -> None:
    """A busy feed is polled at the lower bound, a quiet one at the upper, others in between."""
    assert success(new=500, over=7 * DAY).interval == BOUNDS.minimum
    assert success(new=0, over=7 * DAY).interval == BOUNDS.maximum
    assert HOUR < success(new=14, over=7 * DAY).interval < 12 * HOUR


def test_a_configured_interval_replaces_adaptation_but_not_the_feeds_wishes() -> None:
    """A feed's configured interval replaces the adaptive one; ttl and cache lifetime still apply."""
    own = Bounds(own=timedelta(seconds=5))
    assert success(bounds=own, new=0, over=7 * DAY).next_poll == NOW + timedelta(seconds=5)
    assert success(bounds=own, hints=Hints(period=HOUR)).next_poll == NOW + HOUR
    assert success(bounds=own, cache_control="max-age=600").next_poll == NOW + 10 * MINUTE


def test_a_cache_lifetime_is_a_lower_bound_up_to_a_day() -> None:
    """`max-age` minus `Age` applies, capped at a day; a lifetime shorter than the interval changes nothing."""
    assert success(cache_control="public, max-age=43200", age="3600").next_poll == NOW + 11 * HOUR
    assert success(cache_control="max-age=500000000").next_poll == NOW + DAY
    assert (
        success(cache_control="max-age=500000000", bounds=Bounds(maximum=3 * DAY)).next_poll == NOW + 3 * DAY
    )
    assert success(cache_control="max-age=60").next_poll == NOW + HOUR


def test_expires_counts_relative_to_the_servers_own_clock() -> None:
    """Expires is compared with the server's Date, even if its clock is years off."""
    skewed = {"date": "Mon, 02 Jan 2006 10:00:00 GMT", "expires": "Mon, 02 Jan 2006 12:00:00 GMT"}
    assert cache_lifetime(skewed) == 2 * HOUR
    assert cache_lifetime(skewed | {"cache-control": "no-cache"}) is None
    assert cache_lifetime(skewed | {"cache-control": "max-age=60"}) == MINUTE


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"expires": "0", "date": "Mon, 02 Jan 2006 10:00:00 GMT"},
        {"expires": "Mon, 02 Jan 2006 12:00:00 GMT"},
        {"cache-control": "max-age=0"},
        {"cache-control": "max-age=10", "age": "20"},
        {"cache-control": "no-store, max-age=600"},
        {"cache-control": "max-age=-5"},
        {"cache-control": "x-max-age=600"},
    ],
)
def test_unusable_lifetimes_are_ignored(headers: dict[str, str]) -> None:
    """Absent, past, cancelled and unreadable lifetimes have no effect."""
    assert cache_lifetime(headers) is None


def test_ttl_and_syndication_periods_are_lower_bounds() -> None:
    """A feed with a ttl of twelve hours is polled no more often."""
    assert success(hints=Hints(period=12 * HOUR)).next_poll == NOW + 12 * HOUR
    assert success(hints=Hints(period=30 * DAY)).interval == DAY


def test_skip_hours_and_days_put_the_poll_off_to_the_first_hour_allowed() -> None:
    """Skipped hours and days move the poll to the next allowed hour; a feed that allows none is polled anyway."""
    assert success(hints=Hints(skip_hours=frozenset({13, 14, 15}))).next_poll == NOW.replace(hour=16)
    evening = Hints(skip_hours=frozenset(range(13, 24)), skip_days=frozenset({1}))
    assert success(hints=evening).next_poll == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
    assert success(hints=Hints(skip_hours=frozenset(range(24)))).next_poll == NOW + HOUR


def test_errors_back_off_to_a_day_at_the_most() -> None:
    """Each error doubles the wait up to a day; the feed's own interval is unchanged."""
    waits = [failure(n).next_poll - NOW for n in (1, 2, 3, 4)]
    assert waits == [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]
    assert failure(1000).next_poll == NOW + DAY
    assert failure(3).interval == HOUR


def test_a_lifetime_on_an_error_applies() -> None:
    """An error page with a lifetime of six hours is requested again after six hours."""
    assert failure(cache_control="max-age=21600").next_poll == NOW + 6 * HOUR


def test_retry_after_is_honoured_in_both_forms_for_up_to_a_week() -> None:
    """Retry-After in seconds or as a date is obeyed, even beyond the largest interval."""
    assert failure(retry_after="172800").next_poll == NOW + 2 * DAY
    assert failure(retry_after="Wed, 25 Nov 2026 12:00:00 GMT").next_poll == NOW + 2 * DAY
    assert failure(retry_after="864000").next_poll == NOW + 7 * DAY
    assert quiet_until(now=NOW, headers={"retry-after": "90"}) == NOW + timedelta(seconds=90)


@pytest.mark.parametrize("value", ["", "-5", "0", "soon", "Sun, 22 Nov 2026 12:00:00 GMT", "1e9", "٣"])
def test_a_retry_after_that_is_past_or_unreadable_says_nothing(value: str) -> None:
    """Without a usable value the ordinary back-off applies; a 429 stops requests to its host for an hour."""
    assert retry_after({"retry-after": value}, now=NOW) is None
    assert failure(retry_after=value).next_poll == NOW + 15 * MINUTE
    assert quiet_until(now=NOW, headers={"retry-after": value}) == NOW + HOUR


def test_the_reason_is_given_in_words() -> None:
    """The schedule has a reason, which `feeds show` prints."""
    assert success(new=3, over=7 * DAY).why == "3 new items in the last 7 days"
    assert success(new=0, over=timedelta(seconds=1.4)).why.startswith("a first guess")
    assert "Retry-After" in failure(retry_after="3600").why
    assert failure(1).why == "waiting 15 min after 1 failed poll in a row"


def test_hints_survive_their_column() -> None:
    """Polling hints are read back as they were stored."""
    hints = Hints(period=HOUR, skip_hours=frozenset({0, 23}), skip_days=frozenset({6}))
    assert Hints.from_text(hints.to_text()) == hints
    assert Hints.from_text(Hints().to_text()) == Hints() == Hints.from_text(None)


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "cache-control": st.one_of(
            st.builds("max-age={}".format, st.integers(0, 10**15)), st.text(max_size=20)
        ),
        "age": st.one_of(st.integers(0, 10**12).map(str), st.text(max_size=8)),
        "expires": st.one_of(st.just("Thu, 01 Dec 2044 16:00:00 GMT"), st.text(max_size=30)),
        "date": st.one_of(st.just("Thu, 01 Dec 1994 16:00:00 GMT"), st.text(max_size=30)),
    },
)


@given(
    new=st.integers(0, 10_000),
    over=st.timedeltas(timedelta(0), 400 * DAY),
    headers=HEADERS,
    period=st.none() | st.timedeltas(timedelta(0), 400 * DAY),
    hours=st.frozensets(st.integers(0, 23), max_size=23),
    jitter=FRACTION,
    phase=FRACTION,
)
def test_the_interval_stays_in_its_bounds(  # noqa: PLR0917 (hypothesis names them)
    new: int,
    over: timedelta,
    headers: dict[str, str],
    period: timedelta | None,
    hours: frozenset[int],
    jitter: float,
    phase: float,
) -> None:
    """The interval lies between the minimum and the longest hint, and no poll comes before it is over."""
    pace = after_success(
        now=NOW,
        bounds=BOUNDS,
        activity=Activity(new_items=new, over=over),
        hints=Hints(period=period, skip_hours=hours),
        wishes=wishes_of(headers, now=NOW, bounds=BOUNDS),
        jitter=jitter,
        phase=phase,
    )
    assert BOUNDS.minimum <= pace.interval <= BOUNDS.longest_wish
    assert NOW + pace.interval <= pace.next_poll <= NOW + 3 * DAY


@given(seconds=st.integers(1, 10**7), failures=st.integers(0, 10**6), headers=HEADERS, jitter=FRACTION)
def test_no_poll_precedes_retry_after(
    seconds: int, failures: int, headers: dict[str, str], jitter: float
) -> None:
    """Retry-After is waited in full up to seven days, whatever else the answer says."""
    asked = headers | {"retry-after": str(seconds)}
    wishes = wishes_of(asked, now=NOW, bounds=BOUNDS, failed=True)
    pace = after_failure(
        now=NOW, bounds=BOUNDS, interval=HOUR, failures=failures, wishes=wishes, jitter=jitter
    )
    wait = min(timedelta(seconds=seconds), 7 * DAY)
    assert pace.next_poll >= NOW + wait
    assert quiet_until(now=NOW, headers=asked, jitter=jitter) >= NOW + wait
