"""Every JSON shape that has been seen to pass an HTTP edge and poison a consumer."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import strict_json
from events.problems import Invalid

REFUSED = {
    "empty": b"",
    "blank": b"  ",
    "truncated": b'{"a":',
    "two documents": b"{}{}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a":1}'.encode("utf-16"),
    "latin-1": b'{"a":"\xe9"}',
    "overlong utf-8": b'{"a":"\xc0\x80"}',
    "duplicate key": b'{"a":1,"a":2}',
    "duplicate key written differently": b'{"a":1,"\\u0061":2}',
    "NaN": b'{"a":NaN}',
    "Infinity": b"[-Infinity]",
    "float overflow": b"[1e999]",
    "integer beyond a double": b"[9007199254740993]",
    "huge integer": b"[" + b"9" * 5000 + b"]",
    "NUL": b'{"a":"\\u0000"}',
    "NUL in a key": b'{"\\u0000":1}',
    "raw NUL": b'{"a":"\x00"}',
    "lone high surrogate": b'["\\ud800"]',
    "lone low surrogate": b'["\\udc00"]',
    "surrogates the wrong way round": b'["\\udc00\\ud800"]',
    "control character": b'["\x01"]',
    "too deep": b"[" * 33 + b"1" + b"]" * 33,
    "very deep": b"[" * 100_000,
    "very deep objects": b'{"a":' * 100_000,
    "long string": b'["' + b"x" * 8193 + b'"]',
    "long string of few characters": '["{}"]'.format("\N{PILE OF POO}" * 2049).encode(),
    "long key": b'{"' + b"x" * 8193 + b'":1}',
    "too many keys": json.dumps({str(n): n for n in range(201)}).encode(),
    "too many values": b"[" + b"0," * 100_000 + b"0]",
    "single quotes": b"{'a':1}",
    "trailing comma": b"[1,]",
    "comment": b"[1]//",
    "leading zero": b"[01]",
    "bare word": b"true!",
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_without_repeating_it(raw: bytes) -> None:
    with pytest.raises(Invalid) as error:
        strict_json.loads(raw)
    assert error.value.syntax


ACCEPTED = {
    "deep enough": b"[" * 32 + b"]" * 32,
    "a pair of surrogates": b'["\\ud83d\\ude00"]',
    "the largest integer": b"[9007199254740991]",
    "the smallest": b"[-9007199254740991]",
    "a string of 8 KiB": b'["' + b"x" * 8192 + b'"]',
    "200 keys": json.dumps({str(n): n for n in range(200)}).encode(),
    "a scalar": b"1",
}


@pytest.mark.parametrize("raw", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_it_is_accepted_as_the_standard_decoder_reads_it(raw: bytes) -> None:
    assert strict_json.loads(raw) == json.loads(raw)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
        max_leaves=10,
    )
)
def test_any_ordinary_document_survives(document: object) -> None:
    assert strict_json.loads(json.dumps(document).encode()) == document


@given(st.binary(max_size=60))
def test_any_bytes_are_either_a_value_or_a_complaint(raw: bytes) -> None:
    with contextlib.suppress(Invalid):
        strict_json.loads(raw)
