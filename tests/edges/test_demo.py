"""The demo shows the main job: alerts on the console, signed messages at the webhook."""

from __future__ import annotations

import re
from pathlib import Path

from shell import storywatch


def test_the_demo_alerts_and_exits_with_0(tmp_path: Path) -> None:
    """It sends three alerts or more, a webhook and a digest, and uses only the loopback network."""
    done = storywatch("demo", folder=tmp_path)
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    alerts, _, digest = done.out.partition("Your stories")
    assert (
        alerts.count("[police-face-recognition]") >= 3 or len(re.findall(r"(?m)^  *https?://", alerts)) >= 3
    )
    assert digest
    [grew] = re.findall(r"(?s)story grew.*?\nnew (.*?)\nwhy ", alerts)
    assert "more outlets" in " ".join(grew.split()), "the story is told again with what is new"
    counts = re.findall(r"story grew · (\d+) outlets, (\d+) items", alerts)
    assert counts == [("7", "7")], "section feeds and the aggregator add neither outlets nor items"
    webhooks = re.search(r"webhook received (\d+) signed messages", done.err)
    assert webhooks
    assert int(webhooks[1]) >= 3
    assert list(tmp_path.iterdir()) == []
