import gzip
import random

import pytest

from events.problems import Invalid
from ingest.core.inflate import RATIO_FROM, Gunzip
from ingest.core.limits import TooLarge

TEXT = random.Random(7).randbytes(50_000)


def unpack(packed: bytes, *, limit: int = 1 << 20, piece: int = 1000) -> bytes:
    gunzip = Gunzip(limit)
    found = b"".join(gunzip.feed(packed[start : start + piece]) for start in range(0, len(packed), piece))
    gunzip.finish()
    return found


@pytest.mark.parametrize("piece", [1, 7, 1000, 1 << 20])
def test_it_unpacks_whatever_the_pieces(piece: int) -> None:
    assert unpack(gzip.compress(TEXT), piece=piece) == TEXT


def test_up_to_the_limit_and_no_byte_further() -> None:
    assert unpack(gzip.compress(TEXT), limit=len(TEXT)) == TEXT
    with pytest.raises(TooLarge, match="more than 49999 bytes"):
        unpack(gzip.compress(TEXT), limit=len(TEXT) - 1)


def test_a_bomb_is_not_unpacked_to_find_out() -> None:
    gunzip = Gunzip(1 << 30)
    with pytest.raises(TooLarge, match="20 times"):
        gunzip.feed(gzip.compress(bytes(100_000_000)))
    assert gunzip._given <= RATIO_FROM + 20 * 100_000


def test_a_small_body_may_pack_well() -> None:
    assert unpack(gzip.compress(bytes(RATIO_FROM))) == bytes(RATIO_FROM)


@pytest.mark.parametrize(
    "wrong",
    [b"", b"\x1f", b"hello", gzip.compress(TEXT)[:-1], gzip.compress(b"a") + b"b"],
    ids=["nothing", "one byte", "text", "cut short", "more after it"],  # gzip holds the time: workers would disagree
)
def test_what_is_not_one_whole_gzip_member_is_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(wrong)
