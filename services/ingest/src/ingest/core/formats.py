"""From the bytes of a webhook to a document, in each of the formats vendors post."""

import re
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from events import strict_json
from events.problems import Invalid

MAX_FIELDS = 500
MAX_ELEMENTS = 20_000
MAX_STRING_BYTES = 128 * 1024
"""Longer than in our own format: the text of a ticket that we don't even read must not cost us its score."""

_OTHER_ENCODING = re.compile(r"""\ufeff?<\?xml[^>]*\sencoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)


class Format(Enum):
    """How a body is written. The value lists its content types, the usual one first."""

    JSON = ("application/json", "application/cloudevents+json", "application/cloudevents-batch+json")
    FORM = ("application/x-www-form-urlencoded",)
    XML = ("text/xml", "application/xml", "application/soap+xml")
    LINES = ("text/plain",)


Form = list[tuple[str, str]]


def parse(format_: Format, raw: bytes) -> Any:
    """JSON gives values, a form a list of (name, value), XML its root element, lines a list of str without line ends.

    Raises:
        Invalid: these bytes are not that format, or beyond its limits (``syntax`` is true).
    """
    match format_:
        case Format.JSON:
            return strict_json.loads(raw, string_bytes=MAX_STRING_BYTES)
        case Format.FORM:
            return _form(raw)
        case Format.XML:
            return _xml(raw)
        case Format.LINES:
            return _lines(_text(raw))


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused("not-utf-8", "must be UTF-8 text") from error
    if "\x00" in text:
        raise _refused("nul", "has the character U+0000")
    return text


def _lines(text: str) -> list[str]:
    """At line feeds alone: what else Unicode holds for a line's end may stand in a caller's name."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if not lines[-1] else lines


def _form(raw: bytes) -> Form:
    text = _text(raw)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise _refused("not-utf-8", "is not UTF-8 once percent-decoded") from error
    except ValueError as error:
        raise _refused("too-many-fields", f"has more than {MAX_FIELDS} fields") from error
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise _refused("nul", "has the character U+0000")
    return pairs


def _xml(raw: bytes) -> Element:
    """In UTF-8, as everything else: the parser would look up any other encoding by the name the sender gives."""
    text = _text(raw)
    if _OTHER_ENCODING.match(text):
        raise _refused("not-utf-8", "must be UTF-8 text")
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _refused("not-xml", "is not XML we accept: well-formed, without DTD or entities") from error
    if sum(1 for _ in zip(root.iter(), range(MAX_ELEMENTS + 1), strict=False)) > MAX_ELEMENTS:
        raise _refused("too-many-elements", f"has more than {MAX_ELEMENTS} elements")
    return root


def _refused(code: str, message: str) -> Invalid:
    return Invalid.at("", code, message, syntax=True)
