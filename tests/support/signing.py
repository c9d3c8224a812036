"""Signing a delivery as its vendor would, in any of the schemes we verify."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from ingest.core.signatures import Header, Signature, sign
from ingest.core.signing_input import BodyHashInUrl, Clock, DeliveryId, FormField, Signed, Timestamp

SECRET = "whsec_c2VjcmV0LW9mLTI0LWJ5dGVzLWF0LWxlYXN0"


@dataclass(frozen=True)
class Posted:
    """A request to be sent: ``path`` with its query, behind the public URL."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    form: list[tuple[str, str]] | None = field(default=None)


def signed(
    scheme: Signature, public_url: str, path: str, body: bytes, kind: str, now: datetime, *, secret: str = SECRET
) -> Posted:
    """``kind``: the Content-Type."""
    headers = {"content-type": kind}
    for part in scheme.over:
        if isinstance(part, Timestamp):
            headers[part.header] = _written(part.clock, now)
        elif isinstance(part, DeliveryId):
            headers[part.header] = f"msg-{hashlib.sha256(body).hexdigest()[:16]}"
        elif isinstance(part, BodyHashInUrl):
            path += f"?{part.parameter}={hashlib.sha256(body).hexdigest()}"
    form = parse_qsl(body.decode(), keep_blank_values=True) if kind == "application/x-www-form-urlencoded" else None
    signature = sign(scheme, Signed("POST", public_url + path, headers, body, form), secret)
    if isinstance(scheme.place, Header):
        return Posted(path, {**headers, scheme.place.name: signature}, body)
    assert isinstance(scheme.place, FormField)
    assert form is not None
    kept = [(name, value) for name, value in form if name != scheme.place.name]
    return Posted(path, headers, urlencode([*kept, (scheme.place.name, signature)]).encode())


def _written(clock: Clock, now: datetime) -> str:
    if clock is Clock.ISO_8601:
        return now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(now.timestamp() * (1000 if clock is Clock.MILLISECONDS else 1)))
