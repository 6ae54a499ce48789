"""feedfarm: a simulated web of RSS and Atom feeds on this machine, which counts the requests of a poller.

    python benchmarks/feedfarm --feeds 1000 --hosts 1000 --port 8600
    curl -s http://127.0.0.1:8600/-/urls                       # one feed a line
    curl -s 'http://127.0.0.1:8600/-/round?changed=0.1'        # a tenth publishes
    curl -s 'http://127.0.0.1:8600/-/set?latency=200'          # ms
    curl -s 'http://127.0.0.1:8600/-/stats?reset=1'

Feed `i` is at `/f/i.xml`; its body is the same for the same seed, number and version. Faults are permanent and given as
shares (`--fault slow=0.1,404=0.05`): slow timeout reset malformed truncated 429 301 302 307 308 404 410 500 503.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import ipaddress
import signal
import ssl
import sys
from pathlib import Path

import uvloop
from bodies import Bodies, Generated, Recorded
from connection import Connection
from farm import Farm, Plan

FOR_TESTS = ipaddress.ip_network("198.18.0.0/15")  # RFC 2544: reserved for benchmarks
BACKLOG = 4_096  # connections waiting to be accepted


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog="feedfarm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--host", default="127.0.0.1", help="the first address, of loopback or 198.18.0.0/15")
    parser.add_argument("--hosts", type=int, default=1, help="addresses, counted up from the first")
    parser.add_argument("--port", type=int, default=8600)
    parser.add_argument("--items", type=int, default=40, help="items in a body")
    parser.add_argument("--kbytes", type=int, default=80, help="mean size of a body's texts")
    parser.add_argument("--atom", type=float, default=0.4, help="share of Atom feeds")
    parser.add_argument("--bodies", type=Path, help="serve the files of this folder instead")
    parser.add_argument("--changed", type=float, default=0.1, help="share of feeds that publish in a round")
    parser.add_argument("--new-items", type=int, default=2, help="items a publishing feed adds")
    parser.add_argument(
        "--no-validators", type=float, default=0.0, help="share of feeds without ETag and date"
    )
    parser.add_argument("--no-gzip", dest="gzip", action="store_false")
    parser.add_argument(
        "--latency", default="0", help="ms, or uniform:50:500, lognormal:200:0.8, pareto:50:1.5"
    )
    parser.add_argument("--fault", default="", help="shares of lasting faults, as above")
    parser.add_argument("--flaky", type=float, default=0.0, help="chance that a request fails with 503")
    parser.add_argument("--retry-after", type=int, default=60, help="seconds in 429's Retry-After")
    parser.add_argument("--slow-seconds", type=float, default=20, help="how long a slow body drips")
    parser.add_argument("--tls", type=Path, help="a folder with cert.pem and key.pem: https instead of http")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def planned(given: argparse.Namespace) -> Plan:
    """Return the plan of a farm; only loopback addresses are served."""
    first = ipaddress.ip_address(given.host)
    hosts = [first + number for number in range(given.hosts)]
    if not all(host.is_loopback or host in FOR_TESTS for host in hosts):
        raise SystemExit("feedfarm: addresses of loopback or 198.18.0.0/15 only")
    return Plan(
        feeds=given.feeds,
        hosts=tuple(map(str, hosts)),
        port=given.port,
        items=given.items,
        seed=given.seed,
        changed=given.changed,
        no_validators=given.no_validators,
        gzip=given.gzip,
        latency=given.latency,
        faults=given.fault,
        flaky=given.flaky,
        retry_after=given.retry_after,
        slow_seconds=given.slow_seconds,
        scheme="https" if given.tls else "http",
    )


def bodies_for(given: argparse.Namespace) -> Bodies:
    """Return the source of the bodies."""
    if given.bodies:
        return Recorded(given.bodies, new=given.new_items)
    return Generated(
        seed=given.seed, items=given.items, kbytes=given.kbytes, new=given.new_items, atom=given.atom
    )


def context_of(folder: Path | None) -> ssl.SSLContext | None:
    """Return the TLS context of the connections."""
    if folder is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


async def serve(farm: Farm, tls: ssl.SSLContext | None) -> None:
    """Serve until SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    plan = farm.plan
    for host in plan.hosts:
        await loop.create_server(lambda: Connection(farm), host, plan.port, backlog=BACKLOG, ssl=tls)
    gc.freeze()
    print(f"feedfarm: {plan.feeds} feeds from {farm.base(0)}", file=sys.stderr, flush=True)
    await stop.wait()


def main() -> None:
    """Run the farm."""
    given = arguments()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Farm(planned(given), bodies_for(given)), context_of(given.tls)))


if __name__ == "__main__":
    main()
