"""Polling: from a feed's address to items with an identity, and when to ask again.

address → request → transport, wire → fetch → outcome         one request, guarded
inflate → decode → clean → cut → parse, entries, jsonfeed, sanitise → document
identity → reading → parsers                                   a body read, in a process that may die
freshness, hints → pacing                                      when to ask again
lanes, sighting, standing → record → poll                      the pass
"""

import sys

# httpx brings a command line of its own; without it rich and pygments stay unloaded, 5 MB that polling has no use for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: an import finds nothing there
