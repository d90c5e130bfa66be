"""A local HTTP server that misbehaves to order, for tests of downloads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file and how it is served.

    Attributes:
        content: Its bytes.
        ranges: Whether the server honours Range.
        tag: The entity tag sent, or ``""`` for none.
        refusals: Statuses answered to the first requests, in order.
        breaks: After how many bytes the first transfers break off, in order.
        missing: Whether there is no such file.
        asked: The Range header of every request, in order.
    """

    content: bytes
    ranges: bool = True
    tag: str = '"v1"'
    refusals: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    missing: bool = False
    asked: list[str | None] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def do_GET(self) -> None:
        served = self.served
        wanted = self.headers.get("Range")
        served.asked.append(wanted)
        if served.missing:
            return self.send_error(404)
        if served.refusals:
            return self.send_error(served.refusals.pop(0))
        start, size = 0, len(served.content)
        same = self.headers.get("If-Range") in (None, served.tag)
        if wanted and served.ranges and same:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= size:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{size}")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(size - start))
        if served.tag:
            self.send_header("ETag", served.tag)
        self.end_headers()
        end = start + served.breaks.pop(0) if served.breaks else size
        with suppress(ConnectionError):
            # A client that has seen enough hangs up.
            self.wfile.write(served.content[start:end])
        if end < size:
            self.close_connection = True
        return None

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(content: bytes, name: str = "file.bin") -> Iterator[Served]:
    """Serve ``content`` on this machine while the block runs."""
    served = Served(content)
    handler = type("Handler", (_Handler,), {"served": served})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}/{name}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
