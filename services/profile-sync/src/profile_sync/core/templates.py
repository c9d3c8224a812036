"""Where a customer's profile is: a URL template that only the operator writes."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urlsplit

from events.loopback import is_loopback
from profile_sync.core.preferences import Customer

_NAMES = {"customer_id", "tenant"}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """Such as ``https://crm.example/profiles/{customer_id}``. Values fill path and query only, percent-encoded."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError, which says what to mend."""
        parts = urlsplit(text)
        outside = _PLACEHOLDER.sub("", text)
        if parts.scheme not in ("http", "https") or not parts.hostname or not _valid_port(text) or not text.isascii():
            raise ValueError("must be an http(s) URL, such as https://crm.example/profiles/{customer_id}")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ValueError("must hold neither user and password nor a fragment")
        if "{" in parts.netloc or "}" in parts.netloc:
            raise ValueError("must name its host itself: placeholders belong in the path or query")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("must be https, except on this machine itself (127.0.0.1, localhost)")
        if "{" in outside or "}" in outside or not set(_PLACEHOLDER.findall(text)) <= _NAMES:
            raise ValueError("may have the placeholders {customer_id} and {tenant} only")
        if "{customer_id}" not in text:
            raise ValueError("must have the placeholder {customer_id}")
        return cls(text)

    def expand(self, customer: Customer) -> str:
        """Raises ValueError for a value that would change the path: ``.`` and ``..`` cannot be encoded away."""
        values = customer._asdict()
        if not {".", ".."}.isdisjoint(values.values()):
            raise ValueError("cannot stand in a path")
        return _PLACEHOLDER.sub(lambda match: quote(values[match[1]], safe=""), self.text)


def _valid_port(text: str) -> bool:
    try:
        return urlsplit(text).port != 0
    except ValueError:
        return False
