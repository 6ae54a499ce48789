"""The poll pass: fetches due feeds, stores their items and computes when each feed is polled next.

http         one guarded request
parsing      bytes to items, in worker processes that can be killed
sources      the article of an item and its outlet
feed_state   the feed after a poll: state, next due time, redirects, events
item_state   an item after a poll: new, revised, republished
host_queue, record, follow_up → poll   the pass

Nothing here knows about topics or stories.
"""

import sys

# httpx imports its command line, and with it rich and pygments: 5 MB that polling does not need.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: an import finds nothing there
