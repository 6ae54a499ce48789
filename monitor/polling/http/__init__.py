"""One guarded HTTP request: addresses, connections, redirects, limits, decompression and robots.txt.

Nothing here knows what a feed is (see `monitor.polling.parsing`).
"""
