"""Parts that are not ours: refused in one line, without secrets."""

import socket
import time
from collections.abc import Iterator

import pytest

from amends.local.errors import PartFailed
from amends.local.external import check_database, check_kafka


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as bound:  # bound but not listening: nobody else gets it, and connections are refused
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        yield port


def test_an_unreachable_broker_is_one_line_in_time(closed_port: int) -> None:
    began = time.monotonic()
    with pytest.raises(PartFailed) as caught:
        check_kafka(f"127.0.0.1:{closed_port}", timeout=0.5)
    assert time.monotonic() - began < 3
    assert f"127.0.0.1:{closed_port}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bootstrap", ["localhost", "localhost:", ":9092", "a:9092,b", "http://broker"])
def test_an_address_without_host_or_port_is_refused_at_once(bootstrap: str) -> None:
    with pytest.raises(PartFailed, match="must be host:port"):
        check_kafka(bootstrap)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
def test_an_unreachable_database_is_one_line_without_its_password(closed_port: int, scheme: str) -> None:
    with pytest.raises(PartFailed) as caught:
        check_database(f"{scheme}://someone:s3cret@127.0.0.1:{closed_port}/there", timeout=0.5)
    assert f"127.0.0.1:{closed_port}/there" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://u:s3cret@h/d", "not a url", "postgresql://u:s3cret@[h/d"])
def test_what_is_not_a_postgres_url_is_refused_without_a_wait(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(PartFailed) as caught:
        check_database(url)
    assert time.monotonic() - began < 5
    assert "s3cret" not in str(caught.value)


async def test_the_check_works_inside_a_running_loop(closed_port: int) -> None:
    with pytest.raises(PartFailed, match="no log-in"):
        check_database(f"postgresql://u@127.0.0.1:{closed_port}/d", timeout=0.3)
