"""The poll pass: from a feed's address to stored items, and when to ask again.

http         one guarded request
parsing      from bytes to items, in processes that can be killed
feed_state   what a poll means for the feed: state, next due time, redirects, events
item_state   what a poll means for an item: new, revised, republished
host_queue, record, follow_up → poll   the pass

Nothing here knows of topics or stories.
"""

import sys

# httpx brings a command line of its own; without it rich and pygments stay unloaded, 5 MB that polling has no use for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: an import finds nothing there
