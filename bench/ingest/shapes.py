"""The kinds of request that are measured."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

from bench.ingest.events import Day, joined

Body = Callable[[Day, int], bytes]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of request.

    Attributes:
        path: ingest's route; the other peers have one for each official shape, by its name.
        events: in one request.
        connections: in a closed loop, one request under way on each.
        body: of request ``n``.
    """

    name: str
    path: str
    content_type: str
    events: int
    connections: int
    body: Body
    encoding: str = ""

    def head(self, path: str, key: str) -> bytes:
        """The head of a request up to the number of its bytes."""
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: 127.0.0.1",
            "User-Agent: amends-bench",
            "Accept: */*",
            f"Authorization: Bearer {key}",
            f"Content-Type: {self.content_type}",
            *([f"Content-Encoding: {self.encoding}"] if self.encoding else []),
            "Content-Length: ",
        ]
        return "\r\n".join(lines).encode()


MANY = 100
STRUCTURED, BATCH_TYPE = "application/cloudevents+json", "application/cloudevents-batch+json"


def _many(one: Callable[[Day, int], bytes]) -> Body:
    return lambda day, number: joined([one(day, each) for each in range(number * MANY, (number + 1) * MANY)])


def _zipped(body: Body) -> Body:
    return lambda day, number: gzip.compress(body(day, number), 6)


SINGLE = Shape("single", "/v1/events", STRUCTURED, 1, 32, Day.event)
BATCH = Shape("batch", "/v1/events", BATCH_TYPE, MANY, 8, _many(Day.event))
OFFICIAL = (SINGLE, BATCH)

EXTRA = (
    Shape("plain", "/v1/interactions", "application/json", MANY, 8, _many(Day.data)),
    Shape("escaped", "/v1/events", BATCH_TYPE, MANY, 8, _many(Day.escaped)),
    Shape("gzip", "/v1/events", BATCH_TYPE, MANY, 8, _zipped(_many(Day.event)), encoding="gzip"),
)
