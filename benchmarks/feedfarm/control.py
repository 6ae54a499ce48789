"""Control and statistics of a running farm: the paths under `/-/`."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from farm import Farm

JSON, TEXT, OPML = "application/json", "text/plain", "text/x-opml"


def answer_control(farm: Farm, path: str, query: str) -> tuple[str, bytes]:
    """Execute a control path; return the content type and body of the answer."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    count = int(asked.get("n", farm.plan.feeds))
    match path:
        case "/-/stats":
            stats = farm.stats()
            if "reset" in asked:
                farm.reset()
            return _json(stats)
        case "/-/round":
            changed = farm.publish(float(asked.get("changed", farm.plan.changed)))
            return _json({"round": farm.round, "changed": changed})
        case "/-/set":
            farm.set_latency(asked.get("latency", farm.latency))
            farm.flaky = float(asked.get("flaky", farm.flaky))
            return _json({"latency": farm.latency, "flaky": farm.flaky})
        case "/-/urls":
            return TEXT, "".join(f"{farm.url(feed)}\n" for feed in range(count)).encode()
        case "/-/opml":
            return OPML, _opml(farm, count).encode()
        case _:
            return TEXT, b"there are /-/stats /-/round /-/set /-/urls /-/opml\n"


def _json(value: object) -> tuple[str, bytes]:
    return JSON, json.dumps(value, indent=1).encode()


def _opml(farm: Farm, count: int) -> str:
    rows = "".join(
        f'<outline type="rss" text="Feed {feed}" xmlUrl="{farm.url(feed)}"/>\n' for feed in range(count)
    )
    head = '<?xml version="1.0"?><opml version="2.0"><head><title>feedfarm</title></head><body>\n'
    return f"{head}{rows}</body></opml>\n"
