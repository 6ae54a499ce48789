"""`/alerts`: sent, waiting and failed deliveries, and the channels; `/alerts/ID`: one message with every attempt."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from monitor.actions.alerts.deliveries import discard, replay, replay_dead
from monitor.actions.alerts.resume_channel import known_channel, resume_channel
from monitor.service.app import ConsoleOutput
from monitor.service.dry_run import try_channels_now
from monitor.views.alerts.channels import ChannelView, read_channels
from monitor.views.alerts.deliveries import DeliveryView, read_deliveries, read_delivery, without_link_tokens
from monitor.views.alerts.mutes import MuteView, read_mutes
from monitor.web.request.notes import Undo
from monitor.web.request.page import get, post

if TYPE_CHECKING:
    from starlette.responses import Response

    from monitor.views.alerts.channel_trial import ChannelTrial
    from monitor.web.request.page_request import PageRequest
    from storage.database import Ledger

MOST = 100  # deliveries of one page
SECONDS = 8.0  # for a test message; a request has ten
STATES = ("pending", "sent", "unknown", "held", "dead")


async def show_all(ask: PageRequest) -> Response:
    """Show the deliveries, the channels and the mutes."""
    asked = {name: ask.query.get(name, "") for name in ("state", "channel")}
    state = asked["state"] if asked["state"] in STATES else None

    def read(
        ledger: Ledger,
    ) -> tuple[tuple[DeliveryView, ...], tuple[ChannelView, ...], tuple[MuteView, ...]]:
        return (
            read_deliveries(ledger, state=state, channel=asked["channel"] or None, limit=MOST + 1),
            read_channels(ledger, ask.settings.channels),
            read_mutes(ledger, now=ask.now),
        )

    deliveries, channels, mutes = await ask.read(read)
    return ask.page(
        "alerts",
        deliveries=deliveries[:MOST],
        more=len(deliveries) > MOST,
        channels=channels,
        mutes=mutes,
        asked=asked,
        states=STATES,
        dead=sum(one.load.dead for one in channels),
    )


async def show(ask: PageRequest) -> Response:
    """Show one delivery with its message and attempts."""
    ident = ask.path["delivery"]
    view = await ask.read(lambda ledger: read_delivery(ledger, ident))
    if not ask.who.is_owner:
        view = without_link_tokens(view)
    return ask.page("alert", delivery=view)


async def send_again(ask: PageRequest) -> Response:
    """Send a delivery again."""
    ident = ask.path["delivery"]
    [done] = await ask.act(replay, [ident], now=ask.now)
    undo = Undo(path=f"/alerts/{done.id}/discard", label="Do not send it")
    return ask.done(f"/alerts/{done.id}", "It is sent again within seconds, with the same id.", undo=undo)


async def send_dead_again(ask: PageRequest) -> Response:
    """Send every dead delivery again, except discarded ones."""
    done = await ask.act(replay_dead, now=ask.now)
    count = "1 delivery is sent again." if len(done) == 1 else f"{len(done)} deliveries are sent again."
    return ask.done("/alerts", count if done else "There are no dead deliveries.")


async def give_up(ask: PageRequest) -> Response:
    """Discard a delivery."""
    [done] = await ask.act(discard, [ask.path["delivery"]], now=ask.now)
    undo = Undo(path=f"/alerts/{done.id}/replay", label="Send it after all")
    return ask.done(f"/alerts/{done.id}", "Discarded: it is not tried again.", undo=undo)


async def test(ask: PageRequest) -> Response:
    """Send a test message over a channel."""
    channel = known_channel(ask.path["channel"], ask.settings.channels)
    console = ConsoleOutput(out=sys.stdout)
    try:
        async with asyncio.timeout(SECONDS):
            trials = await try_channels_now(ask.settings, [channel.name], now=ask.now, console=console)
    except TimeoutError:
        return ask.done("/alerts", f"{channel.name}: no answer within {SECONDS:.0f} s.", is_problem=True)
    failed = not all(one.is_accepted for one in trials)
    return ask.done("/alerts", " ".join(map(_words, trials)), is_problem=failed)


def _words(trial: ChannelTrial) -> str:
    if trial.is_accepted:
        return f"The test message to {trial.recipient} was accepted."
    return f"The test message to {trial.recipient} was not accepted: {trial.text}."


async def resume(ask: PageRequest) -> Response:
    """Send the deliveries that wait for a channel at once."""
    channel = known_channel(ask.path["channel"], ask.settings.channels)
    waiting = await ask.act(resume_channel, channel, now=ask.now)
    words = "1 delivery is due now" if waiting == 1 else f"{waiting} deliveries are due now"
    return ask.done("/alerts", f"{channel.name} is tried again; {words}.")


PAGES = (
    get("/alerts", show_all, nav="Alerts"),
    post("/alerts/replay-dead", send_dead_again),
    get("/alerts/{delivery}", show),
    post("/alerts/{delivery}/replay", send_again),
    post("/alerts/{delivery}/discard", give_up),
    post("/channels/{channel}/test", test),
    post("/channels/{channel}/resume", resume),
)
