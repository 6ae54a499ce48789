"""A real HTTP server on loopback for a handler of the standard library."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def answered_by(handler: type[BaseHTTPRequestHandler], *, address: str = "127.0.0.1") -> Iterator[str]:
    """Serve on a free port until the block ends; gives the URL without a path."""
    server = ThreadingHTTPServer((address, 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{address}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
