"""Certificates that are renewed while a client of Kafka holds its context."""

import ssl
from pathlib import Path

import pytest

from amends.local.certificates import make
from events.runtime.errors import Stuck
from events.runtime.kafka import KafkaAccess


def believed(context: ssl.SSLContext) -> list[str]:
    """The serial numbers of the authorities that a connection begun now believes."""
    connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="127.0.0.1")
    return [str(each["serialNumber"]) for each in connection.context.get_ca_certs()]


def context(folder: Path) -> ssl.SSLContext:
    found = KafkaAccess("127.0.0.1:9", ca=folder / "ca.crt").arguments()["ssl_context"]
    assert isinstance(found, ssl.SSLContext)
    return found


def test_a_connection_believes_the_authority_of_its_own_time_and_no_other(tmp_path: Path) -> None:
    make(tmp_path, "broker", ["127.0.0.1"])
    held = context(tmp_path)
    before = believed(held)
    make(tmp_path, "broker", ["127.0.0.1"])
    after = believed(held)
    assert (len(before), len(after)) == (1, 1)
    assert before != after


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nMIIB", None])
def test_a_file_that_cannot_be_used_leaves_what_was_valid_before(tmp_path: Path, content: bytes | None) -> None:
    make(tmp_path, "broker", ["127.0.0.1"])
    held = context(tmp_path)
    before = believed(held)
    (tmp_path / "ca.crt").unlink()
    if content is not None:
        (tmp_path / "ca.crt").write_bytes(content)
    assert believed(held) == before
    with pytest.raises(Stuck):
        context(tmp_path)
