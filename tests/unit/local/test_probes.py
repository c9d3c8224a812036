"""The two shortest protocol exchanges, against a socket that says what we tell it to."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from amends.local.probes import Broker, NotAnswering, kafka_brokers, postgres_ready

Serve = Callable[[bytes], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Listen, read one request, send these bytes and close."""
    sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def answer(listener: socket.socket, data: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(data)

    def start(data: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=answer, args=(listener, data))
        sockets.append(listener)
        threads.append(thread)
        thread.start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for thread in threads:
        thread.join(5)
    for listener in sockets:
        listener.close()


def metadata(*brokers: tuple[int, bytes, int], controller: int = 1) -> bytes:
    body = struct.pack("!ii", 1, len(brokers))
    for node, host, port in brokers:
        body += struct.pack(f"!ih{len(host)}sih", node, len(host), host, port, -1)
    body += struct.pack("!ii", controller, 0)
    return struct.pack("!i", len(body)) + body


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def test_the_brokers_are_those_of_the_answer(serve: Serve) -> None:
    port = serve(metadata((1, b"127.0.0.1", 9092), (2, b"two", 9093)))
    assert kafka_brokers("127.0.0.1", port, 5) == [Broker(1, "127.0.0.1", 9092), Broker(2, "two", 9093)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (metadata(), "no broker yet"),
        (metadata((1, b"h", 1), controller=-1), "no active controller"),
        (b"", "closed"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "another protocol"),
        (b"\0\0\0\x08\0\0\0\1\0\0\0\x09", "not Kafka's"),
        (b"\0\0\0\2\0\0", "not Kafka's"),
    ],
)
def test_anything_else_is_not_a_kafka_that_serves(serve: Serve, answer: bytes, reason: str) -> None:
    port = serve(answer)
    with pytest.raises(NotAnswering, match=reason):
        kafka_brokers("127.0.0.1", port, 5)


def test_postgres_is_ready_when_it_takes_queries(serve: Serve) -> None:
    port = serve(message(b"R", b"\0\0\0\0") + message(b"S", b"a\0b\0") + message(b"Z", b"I"))
    postgres_ready("127.0.0.1", port, "amends", "amends", 5)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (message(b"E", b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"), "starting up"),
        (message(b"R", b"\0\0\0\0"), "closed"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "another protocol"),
    ],
)
def test_anything_else_is_not_a_postgres_that_serves(serve: Serve, answer: bytes, reason: str) -> None:
    port = serve(answer)
    with pytest.raises(NotAnswering, match=reason):
        postgres_ready("127.0.0.1", port, "amends", "amends", 5)


def test_a_port_nobody_listens_on_is_said_so() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(NotAnswering, match="refused"):
            kafka_brokers("127.0.0.1", bound.getsockname()[1], 5)
