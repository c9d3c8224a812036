"""Does the part answer? The shortest exchange that proves it, over a plain socket: no event loop, no client state."""

import socket
import ssl
import struct
from dataclasses import dataclass

METADATA, METADATA_VERSION = 3, 1
PROTOCOL_3 = 196608
READY, ERROR, ASKS = b"Z", b"E", b"R"
GRANTED = b"\0\0\0\0"
LARGEST_ANSWER = 1 << 20


class NotAnswering(Exception):
    """Not (yet) the answer of a part that is ready; `str()` says what came instead."""


@dataclass(frozen=True, slots=True)
class Broker:
    node: int
    host: str
    port: int


def postgres_ready(host: str, port: int, user: str, database: str, timeout: float) -> None:
    """Log in and wait for ReadyForQuery, or for being asked for a password; NotAnswering otherwise."""
    fields = b"".join(text.encode() + b"\0" for text in ("user", user, "database", database)) + b"\0"
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.sendall(struct.pack("!ii", len(fields) + 8, PROTOCOL_3) + fields)
            while True:
                kind, length = struct.unpack("!ci", _exactly(connection, 5))
                body = _exactly(connection, length - 4)
                if kind == READY:
                    connection.sendall(b"X\0\0\0\4")
                    return
                if kind == ASKS and body != GRANTED:  # it would not while it starts
                    return
                if kind == ERROR:
                    raise NotAnswering(body.replace(b"\0", b" ").decode(errors="replace").strip())
    except OSError as error:
        raise NotAnswering(str(error)) from error


def kafka_brokers(host: str, port: int, timeout: float, tls: ssl.SSLContext | None = None) -> list[Broker]:
    """The brokers the cluster offers to clients, at least one; NotAnswering without a controller or broker."""
    client = b"amends"
    # API key, version, correlation id, client id; then "no topics", which from version 1 is an empty list.
    request = struct.pack(f"!hhih{len(client)}si", METADATA, METADATA_VERSION, 1, len(client), client, 0)
    try:
        with (
            socket.create_connection((host, port), timeout) as plain,
            tls.wrap_socket(plain, server_hostname=host) if tls else plain as connection,
        ):
            connection.sendall(struct.pack("!i", len(request)) + request)
            (length,) = struct.unpack("!i", _exactly(connection, 4))
            answer = _exactly(connection, length)
    except OSError as error:
        raise NotAnswering(str(error)) from error
    try:
        return _brokers(answer)
    except (struct.error, UnicodeDecodeError) as error:
        raise NotAnswering("the answer is not Kafka's") from error


def _brokers(answer: bytes) -> list[Broker]:
    position = 4  # after the correlation id

    def number(layout: str) -> int:
        nonlocal position
        (value,) = struct.unpack_from(layout, answer, position)
        position += struct.calcsize(layout)
        return int(value)

    def text() -> str:
        nonlocal position
        length = max(number("!h"), 0)  # -1 is null
        position += length
        return answer[position - length : position].decode()

    brokers = []
    for _ in range(number("!i")):
        brokers.append(Broker(number("!i"), text(), number("!i")))
        text()  # rack
    if not brokers or number("!i") < 0:
        raise NotAnswering("it has no active controller or no broker yet")
    return brokers


def _exactly(connection: socket.socket, count: int) -> bytes:
    if not 0 <= count <= LARGEST_ANSWER:
        raise NotAnswering("the answer is of another protocol")
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise NotAnswering("the connection was closed without an answer")
        data += more
    return data
