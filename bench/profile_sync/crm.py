"""``python -m bench.profile_sync.crm PORT``: a CRM that takes 50 ms over a call and 20 calls at once; more it refuses.

Profiles with ETags, as the REST adapter expects them. ``GET /counts`` says what it has done; that costs nothing.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass

import httptools

LATENCY_SECONDS = 0.05
LIMIT = 20
REASONS = {200: b"OK", 404: b"Not Found", 412: b"Precondition Failed", 429: b"Too Many Requests"}


@dataclass
class Counts:
    """``busy``: calls under way; ``most``: at once."""

    reads: int = 0
    writes: int = 0
    refused: int = 0
    conflicts: int = 0
    busy: int = 0
    most: int = 0


class Crm:
    def __init__(self) -> None:
        self.counts = Counts()
        self.profiles: dict[bytes, tuple[int, dict[str, object]]] = {}

    def begin(self) -> bool:
        if self.counts.busy >= LIMIT:
            self.counts.refused += 1
            return False
        self.counts.busy += 1
        self.counts.most = max(self.counts.most, self.counts.busy)
        return True

    def answer(self, method: bytes, path: bytes, held: bytes | None, body: bytes) -> tuple[int, int, bytes]:
        """Status, version and body."""
        version, fields = self.profiles.get(path, (0, {}))
        if method == b"GET":
            self.counts.reads += 1
            return (200 if version else 404), version, json.dumps({"fields": fields}).encode()
        if held is not None and held != b'"%d"' % version:
            self.counts.conflicts += 1
            return 412, version, b"{}"
        self.counts.writes += 1
        self.profiles[path] = (version + 1, {**fields, **json.loads(body)["fields"]})
        return 200, version + 1, b"{}"


class Connection(asyncio.Protocol):
    """What httptools calls back is named as it wants it."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._held: bytes | None = None
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._path, self._body, self._held = b"", b"", None

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"if-match":
            self._held = value

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._path == b"/counts":
            self._write(200, 0, json.dumps(asdict(self._crm.counts)).encode())
        elif self._crm.begin():
            call = (self._parser.get_method(), self._path, self._held, self._body)
            asyncio.get_running_loop().call_later(LATENCY_SECONDS, self._finish, *call)
        else:
            self._write(429, 0, b"{}", b"retry-after: 1\r\n")

    def _finish(self, method: bytes, path: bytes, held: bytes | None, body: bytes) -> None:
        self._crm.counts.busy -= 1
        self._write(*self._crm.answer(method, path, held, body))

    def _write(self, status: int, version: int, body: bytes, more: bytes = b"") -> None:
        etag = b'etag: "%d"\r\n' % version if version else b""
        head = b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%b%b\r\n"
        if isinstance(self._transport, asyncio.Transport) and not self._transport.is_closing():
            self._transport.write(head % (status, REASONS[status], len(body), etag, more) + body)


async def serve(port: int) -> None:
    crm = Crm()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(crm), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
