"""What a signature is over: the parts of a request, in the order in which their bytes are joined.

A part has usually one value; a URL may have several spellings, and any of them may be the one that was signed. A part
that this request cannot give, or that contradicts itself, has no value at all.
"""

import hashlib
import hmac
import re
from binascii import unhexlify
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import assert_never
from urllib.parse import parse_qsl

TOLERANCE = timedelta(seconds=300)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE_NUMBER = re.compile(r"[0-9]+")
_ORIGIN = re.compile(r"(https?)://([^/?#]*?)(:[0-9]+)?([/?#].*)?")
_UNESCAPED = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
    """A request as its sender signed it. It has no repr: what it holds is personal.

    Args:
        method: in capitals.
        url: the public one, which the sender called: scheme, host, path and query, whatever a proxy made of it.
        headers: by name in lower case; a header sent twice is joined by ", " as HTTP has it.
        body: the bytes as sent.
        form: the body's pairs, decoded, blank values kept, in any order; None if the body is not a form.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    form: Sequence[tuple[str, str]] | None = None


class Whole(Enum):
    """Parts that say all by their name."""

    BODY = "body"
    DOT = "dot"
    METHOD = "method"
    SORTED_FORM = "sorted-form"
    """Each pair of the form once, as name + value, sorted by name and value."""


class UrlForm(Enum):
    """How a sender spells the URL it signs."""

    AS_GIVEN = "as-given"
    UNESCAPED = "unescaped"
    """Twelve of the percent-encoded characters, such as ``%3A`` and ``%2F``, stand for themselves."""
    WITH_PORT = "with-port"
    WITHOUT_PORT = "without-port"


@dataclass(frozen=True, slots=True)
class Url:
    """The public URL, in each of the spellings that may have been signed."""

    forms: tuple[UrlForm, ...] = (UrlForm.AS_GIVEN,)


@dataclass(frozen=True, slots=True)
class BodyHashInUrl:
    """Adds no bytes, but the body's SHA-256 must stand in the URL: in this query parameter, as hex."""

    parameter: str


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form, which must stand there exactly once: of two, the reader could take the other one."""

    name: str


@dataclass(frozen=True, slots=True)
class DeliveryId:
    """The header that names the delivery; in lower case."""

    header: str


class Clock(Enum):
    """How a sender writes a moment."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    """Whole ones since 1970, UTC."""
    ISO_8601 = "iso-8601"
    """With its offset from UTC."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The header that says when the request was signed; in lower case. ``tolerance`` holds both ways."""

    header: str
    clock: Clock
    tolerance: timedelta = TOLERANCE


Part = Whole | Url | BodyHashInUrl | FormField | DeliveryId | Timestamp


def values(part: Part, request: Signed) -> tuple[bytes, ...]:
    """What may have been signed as this part; empty where the request has nothing to show for it."""
    match part:
        case Whole():
            return _whole(part, request)
        case Url(forms):
            return tuple(_octets(_spelled(request.url, form)) for form in forms)
        case BodyHashInUrl(parameter):
            return (b"",) if _hashes_its_body(request, parameter) else ()
        case FormField(name):
            field = form_field(request, name)
            return () if field is None else (_octets(field),)
        case DeliveryId(header) | Timestamp(header=header):
            value = header_value(request, header)
            return (_octets(value),) if value else ()
        case _:
            assert_never(part)


def header_value(request: Signed, name: str) -> str:
    """Without the white space around it; empty if it is not there."""
    return request.headers.get(name, "").strip()


def form_field(request: Signed, name: str) -> str | None:
    """The field's value if the form has it exactly once."""
    found = [value for key, value in request.form or () if key == name]
    return found[0] if len(found) == 1 else None


def moment(timestamp: Timestamp, request: Signed) -> datetime | None:
    """When the request says it was signed; None if it says so in no way we know."""
    text = header_value(request, timestamp.header)
    try:
        if timestamp.clock is Clock.ISO_8601:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else None
        if not _WHOLE_NUMBER.fullmatch(text):
            return None
        return _EPOCH + timedelta(**{timestamp.clock.value: int(text)})
    except (ValueError, OverflowError):
        return None


def _whole(part: Whole, request: Signed) -> tuple[bytes, ...]:
    match part:
        case Whole.BODY:
            return (request.body,)
        case Whole.DOT:
            return (b".",)
        case Whole.METHOD:
            return (_octets(request.method),)
        case Whole.SORTED_FORM:
            if request.form is None and request.body:
                return ()  # nothing would vouch for this body
            return (b"".join(_octets(name + value) for name, value in sorted(set(request.form or ()))),)
        case _:
            assert_never(part)


def _spelled(url: str, form: UrlForm) -> str:
    origin = _ORIGIN.fullmatch(url)
    match form:
        case UrlForm.UNESCAPED:
            return _UNESCAPED.sub(lambda found: chr(int(found[1], 16)), url)
        case UrlForm.WITH_PORT if origin:
            scheme, host, port, rest = origin.groups(default="")
            return f"{scheme}://{host}{port or (':443' if scheme == 'https' else ':80')}{rest}"
        case UrlForm.WITHOUT_PORT if origin:
            scheme, host, _, rest = origin.groups(default="")
            return f"{scheme}://{host}{rest}"
        case _:
            return url


def _hashes_its_body(request: Signed, parameter: str) -> bool:
    query = request.url.partition("#")[0].partition("?")[2]
    found = [value for name, value in parse_qsl(query) if name == parameter]
    try:
        told = unhexlify(found[0]) if len(found) == 1 else b""
    except ValueError:
        told = b""
    return hmac.compare_digest(told, hashlib.sha256(request.body).digest())


def _octets(text: str) -> bytes:
    """UTF-8. A lone surrogate, which no sender can have signed, gets bytes too: better no match than an error."""
    return text.encode("utf-8", "surrogatepass")
