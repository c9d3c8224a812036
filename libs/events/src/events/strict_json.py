"""JSON as PostgreSQL, every consumer and every other JSON parser will also read it; anything else is refused here.

The standard decoder takes NaN, duplicate keys, lone surrogates, NUL and integers no double can hold. Each of those has
been seen to pass an HTTP edge and poison a consumer later.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

from events.problems import Invalid

MAX_DEPTH = 32
MAX_KEYS = 200
MAX_STRING_BYTES = 8 * 1024
MAX_VALUES = 100_000
MAX_INTEGER = 2**53 - 1


def loads(raw: bytes, *, string_bytes: int = MAX_STRING_BYTES) -> Any:
    """Decode one JSON document.

    Args:
        string_bytes: the longest string, in bytes of UTF-8.

    Raises:
        Invalid: not UTF-8, not JSON, deeper than 32, over 200 keys in an object, a duplicate key, over 100,000 values,
            a string that is too long, with NUL or a lone surrogate, a number that is not finite or an integer beyond
            2**53 - 1.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("not-utf-8", "must be UTF-8 text") from error
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _refused("not-json", f"is not JSON: line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _refused("too-deep", f"is nested deeper than {MAX_DEPTH} levels") from error
    _check(document, string_bytes)
    return document


def _refused(code: str, message: str) -> Invalid:
    return Invalid.at("", code, message, syntax=True)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_KEYS:
        raise _refused("too-many-keys", f"has an object with more than {MAX_KEYS} keys")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refused("duplicate-key", "has an object in which a key stands twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise _refused("integer-too-large", "has an integer beyond 2^53 - 1")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _refused("number-too-large", "has a number too large for a double")
    return number


def _constant(_: str) -> Any:
    raise _refused("not-finite", "has NaN or Infinity, which JSON does not know")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _check(document: Any, string_bytes: int) -> None:
    level, count = [document], 1
    for _ in range(MAX_DEPTH + 1):
        level = [child for value in level for child in _children(value, string_bytes)]
        count += len(level)
        if not level:
            return
        if count > MAX_VALUES:
            raise _refused("too-many-values", f"has more than {MAX_VALUES} values")
    raise _refused("too-deep", f"is nested deeper than {MAX_DEPTH} levels")


def _children(value: Any, string_bytes: int) -> Iterator[Any]:
    if isinstance(value, str):
        _check_string(value, string_bytes)
    elif isinstance(value, dict):
        for key in value:
            _check_string(key, string_bytes)
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _check_string(text: str, longest: int) -> None:
    if "\x00" in text:
        raise _refused("nul", "has a string with the character U+0000")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise _refused("lone-surrogate", "has a string with half a surrogate pair") from error
    if size > longest:
        raise _refused("string-too-long", f"has a string longer than {longest} bytes")
