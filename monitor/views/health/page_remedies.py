"""Remedies for the findings of `doctor` for a person in a browser, without commands and configuration keys."""

from __future__ import annotations

from storage.model import DeliveryState, FeedState
from storage.model.value import value


@value
class PageRemedy:
    """A remedy for a browser: a sentence, and the address of the page that helps.

    Without a page the remedy takes a command or an edit of the configuration, which the status shows in small print.
    """

    words: str
    path: str = ""


CLOCK = PageRemedy(words="The machine's clock seems wrong; whoever looks after the machine can set it.")
DISK = PageRemedy(words="Whoever looks after the machine has to free disk space.")
PRIVACY = PageRemedy(words="Whoever looks after the machine can restrict access to the database.")
LATE = PageRemedy(
    words="This is normal shortly after a start. If it lasts, more requests have to be allowed at once."
)
START = PageRemedy(words="storywatch has to be started on its machine.")
STUCK = PageRemedy(words="The log of storywatch says why; whoever looks after it can read it.")
CONFIGURATION = PageRemedy(words="Whoever looks after storywatch can correct this in the configuration.")
NO_ROUTE = PageRemedy(
    words="Its stories are on the pages, but cause no alerts until a route for it is configured."
)
HELD = PageRemedy(
    words="They are sent then. The list shows them with their reasons.", path="/alerts?state=held"
)
DELIVERIES = {
    DeliveryState.DEAD: PageRemedy(
        words="When the channel works again, send them again or discard them.", path="/alerts?state=dead"
    ),
    DeliveryState.HELD: PageRemedy(
        words="Their channel, topic or feed is no longer configured: send them or discard them, or have it configured again.",
        path="/alerts?state=held",
    ),
    DeliveryState.UNKNOWN: PageRemedy(
        words="They are tried again automatically.", path="/alerts?state=unknown"
    ),
}
OTHER_DELIVERIES = PageRemedy(words="They are tried again automatically.", path="/alerts?state=pending")
FEEDS = {
    FeedState.FAILING: "Its page shows the reason, and polls it again on request.",
    FeedState.GONE: "Its server says that it is permanently gone. Unsubscribe it, or resume it to try again.",
    FeedState.SILENT: "It has published nothing for far longer than usual. Check whether it has moved.",
}


def of_deliveries(state: DeliveryState) -> PageRemedy:
    """Return the remedy for undelivered deliveries in a state."""
    return DELIVERIES.get(state, OTHER_DELIVERIES)


def of_feed(state: FeedState, feed_id: int) -> PageRemedy:
    """Return the remedy for a feed in trouble."""
    return PageRemedy(words=FEEDS[state], path=f"/feeds/{feed_id}")


def of_feeds(state: FeedState) -> PageRemedy:
    """Return the remedy for many feeds in trouble."""
    return PageRemedy(words="The list shows them.", path=f"/feeds?state={state}")
