"""One guarded HTTP request: addresses, connections, redirects, limits, decompression and robots.txt.

Nothing here knows about feeds (see `monitor.polling.parsing`).
"""
