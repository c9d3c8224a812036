"""What the headers of a request say: content type and encoding, trace context, CloudEvents attributes (binary mode)."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from events.problems import Invalid, Problem
from ingest.core.inflate import Decoder, Gunzip, Identity

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
GZIP = frozenset({"gzip", "x-gzip"})

_PREFIX = "ce-"
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_TRACESTATE = re.compile(r"[\x20-\x7e]{1,512}")
_SOME_JSON = re.compile(r"application/[a-z0-9.-]+\+json\s*(?:;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Unsupported(Exception):
    """A content type or encoding we do not take. ``header`` is the request header, ``known`` the values we do take."""

    def __init__(self, header: str, message: str, known: Sequence[str]) -> None:
        super().__init__(message)
        self.header = header
        self.message = message
        self.known = tuple(known)


def media_type(header: str | None, known: Sequence[str]) -> str:
    """Which of ``known`` the Content-Type names. Raises Unsupported."""
    name, *parameters = (header or "").split(";")
    if (found := name.strip().lower()) not in known:
        raise Unsupported("Content-Type", f"must be {' or '.join(known)}", known)
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset" and value.strip().strip('"').lower() != "utf-8":
            raise Unsupported("Content-Type", "must have the charset utf-8, or none", known)
    return found


def is_some_json(header: str | None) -> bool:
    """Whether the Content-Type is JSON under a name of its own (RFC 6839), in UTF-8 as far as it says."""
    return header is not None and _SOME_JSON.fullmatch(header) is not None


def decoder(header: str | None, limit: int) -> Decoder:
    """What undoes the Content-Encoding, to at most ``limit`` bytes. Raises Unsupported."""
    name = "identity" if header is None else header.strip().lower()
    if name in GZIP:
        return Gunzip(limit)
    if name != "identity":
        raise Unsupported("Content-Encoding", "must be gzip, or identity", ("gzip", "identity"))
    return Identity()


def trace_context(header: str | None) -> str | None:
    """A W3C ``traceparent``, or None where it is missing or not well formed: then tracing starts anew."""
    return header if header and _TRACEPARENT.fullmatch(header) else None


def trace_state(header: str | None) -> str | None:
    """A W3C ``tracestate``: printable ASCII, at most 512 characters; else None."""
    return header if header and _TRACESTATE.fullmatch(header) else None


def has_attributes(headers: Iterable[tuple[str, str]]) -> bool:
    return any(name.lower().startswith(_PREFIX) for name, _ in headers)


def attributes(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The context attributes in ``ce-`` headers (CloudEvents HTTP binding, 3.1.3). Raises Invalid."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for header, raw in headers:
        name = header.lower().removeprefix(_PREFIX)
        if name == header.lower():
            continue
        if name in found or name in ("data", "datacontenttype"):
            problems.append(Problem(f"/{name}" if name.isalnum() else "", "repeated", "is said twice"))
        try:
            found[name] = attribute_value(raw)
        except ValueError as error:
            problems.append(Problem(f"/{name}" if name.isalnum() else "", "header", str(error)))
    if problems:
        raise Invalid(problems)
    return found


def attribute_value(raw: str) -> str:
    """Unquote, then percent-decode once, as UTF-8.

    Raises:
        ValueError: not ASCII, not UTF-8 once decoded, or with a control character.
    """
    if not raw.isascii():
        raise ValueError("has characters beyond ASCII in a header; percent-encode them")
    if quoted := _QUOTED.fullmatch(raw):
        raw = re.sub(r"\\(.)", r"\1", quoted[1])
    try:
        text = unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 once percent-decoded") from None
    if _CONTROL.search(text):
        raise ValueError("has a control character")
    return text
