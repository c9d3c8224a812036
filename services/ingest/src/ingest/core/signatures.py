"""Whether a request comes from who it says: HMAC signatures, each scheme a value and none of them code.

The work is the same for good and bad: every secret is tried over every spelling, whatever else is wrong with a request.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import unhexlify
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import product
from typing import Literal

from ingest.core.signing_input import (
    DeliveryId,
    FormField,
    Part,
    Signed,
    Timestamp,
    form_field,
    header_value,
    moment,
    values,
)

MOST_SIGNATURES = 8
"""How many of the signatures in one header are looked at: rotation needs two."""

_SIZES = {"sha1": 20, "sha256": 32, "sha512": 64}


class Encoding(Enum):
    HEX = "hex"
    BASE64 = "base64"


class KeyForm(Enum):
    """How the secret that people copy becomes the key."""

    TEXT = "text"
    """Its characters, in UTF-8."""
    WHSEC = "whsec"
    """``whsec_`` and then base64 of the key, as Standard Webhooks has it; the prefix and the padding may be missing."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header's name, in lower case."""

    name: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A signing scheme.

    Args:
        over: what is signed, joined in this order.
        place: where the signature stands.
        prefix: what stands before the encoded digest.
        several: several signatures may stand there, with spaces between; one that fits is enough.
    """

    over: tuple[Part, ...]
    place: Header | FormField
    digest: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Encoding = Encoding.BASE64
    prefix: str = ""
    several: bool = False
    key_form: KeyForm = KeyForm.TEXT

    def key(self, secret: str) -> bytes:
        """The key a secret stands for; empty if it stands for none, and then nothing is ever genuine by it."""
        if self.key_form is KeyForm.TEXT:
            return secret.encode("utf-8", "surrogatepass")
        text = secret.removeprefix("whsec_").rstrip("=")
        return _decoded(text + "=" * (-len(text) % 4), Encoding.BASE64)


class Verdict(Enum):
    """Why a request is believed, or not. TOO_OLD and TOO_FAR_AHEAD are rightly signed: a replay, or a wrong clock."""

    GENUINE = "genuine"
    NO_SIGNATURE = "no-signature"
    NO_ID = "no-id"
    NO_TIMESTAMP = "no-timestamp"
    BAD_TIMESTAMP = "bad-timestamp"
    WRONG = "wrong"
    TOO_OLD = "too-old"
    TOO_FAR_AHEAD = "too-far-ahead"


def verify(signature: Signature, request: Signed, secrets: Sequence[str], now: datetime) -> Verdict:
    """Whether one of the secrets made the request's signature, and recently. Never raises.

    Without any secret nothing is genuine, for the same work: so an unknown sender is answered as late as a known one.
    ``now`` has an offset from UTC.
    """
    text = _text(signature, request)
    fits = _fits(signature, request, text, secrets)
    late = [_timeliness(part, request, now) for part in signature.over if isinstance(part, Timestamp)]
    if not text:
        return Verdict.NO_SIGNATURE
    if any(isinstance(part, DeliveryId) and not values(part, request) for part in signature.over):
        return Verdict.NO_ID
    for verdict in (Verdict.NO_TIMESTAMP, Verdict.BAD_TIMESTAMP):
        if verdict in late:
            return verdict
    if not fits:
        return Verdict.WRONG
    return next((verdict for verdict in late if verdict is not Verdict.GENUINE), Verdict.GENUINE)


def sign(signature: Signature, request: Signed, secret: str) -> str:
    """What its sender would write into the signature's place. The request has its timestamp and id already.

    Raises ValueError for a secret that stands for no key, and for a request that lacks something that is signed.
    """
    key = signature.key(secret)
    parts = [values(part, request) for part in signature.over]
    if not key or not all(parts):
        raise ValueError("nothing to sign with" if not key else "something that is signed is missing")
    code = hmac.digest(key, b"".join(part[0] for part in parts), signature.digest)
    return signature.prefix + (code.hex() if signature.encoding is Encoding.HEX else b64encode(code).decode())


def _fits(signature: Signature, request: Signed, text: str, secrets: Sequence[str]) -> bool:
    """No way out before the last comparison: how long this takes tells nothing about a secret."""
    codes = _codes(signature, text)
    parts = [values(part, request) for part in signature.over]
    bases = [b"".join(spelling) for spelling in product(*(part or (b"",) for part in parts))]
    fits = False
    for secret in secrets or ("",):
        key = signature.key(secret)
        for base in bases:
            expected = hmac.digest(key, base, signature.digest)
            for code in codes:
                fits |= hmac.compare_digest(expected, code) and bool(key)
    return fits and all(parts)


def _text(signature: Signature, request: Signed) -> str:
    if isinstance(signature.place, Header):
        return header_value(request, signature.place.name)
    return (form_field(request, signature.place.name) or "").strip()


def _codes(signature: Signature, text: str) -> list[bytes]:
    """The digests that came, zeros for what is none; at least one."""
    came = text.split()[:MOST_SIGNATURES] if signature.several else [text]
    size = _SIZES[signature.digest]
    none = bytes(size)
    codes = [
        _decoded(one.removeprefix(signature.prefix), signature.encoding) if one.startswith(signature.prefix) else none
        for one in came
    ]
    return [code if len(code) == size else none for code in codes] or [none]


def _decoded(text: str, encoding: Encoding) -> bytes:
    """Empty for what is not so encoded."""
    try:
        return unhexlify(text) if encoding is Encoding.HEX else b64decode(text, validate=True)
    except ValueError:
        return b""


def _timeliness(timestamp: Timestamp, request: Signed, now: datetime) -> Verdict:
    signed_at = moment(timestamp, request)
    if signed_at is None:
        return Verdict.BAD_TIMESTAMP if header_value(request, timestamp.header) else Verdict.NO_TIMESTAMP
    if now - signed_at > timestamp.tolerance:
        return Verdict.TOO_OLD
    return Verdict.TOO_FAR_AHEAD if signed_at - now > timestamp.tolerance else Verdict.GENUINE
