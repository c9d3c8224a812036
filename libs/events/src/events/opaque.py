"""Senders' identifiers in logs and spans: one that tells of nobody by its form is shown, any other as a digest.

An event's or a request's id is whatever its sender calls it, ``anna.meier-17`` too, and logs must hold nobody's name.
"""

import hashlib
import re

_OPAQUE = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # UUID
    r"|[0-7][0-9A-HJKMNP-TV-Z]{25}"  # ULID
    r"|(r-|x-)?([0-9a-f]{24}|[0-9a-f]{32})"  # what we derive, and random bytes; no phone number has 24 digits
    r"|~[0-9a-f]{12}"  # a digest already
)


def opaque(identifier: str) -> str:
    """``identifier``, or ``~`` and the first 12 hexadecimal digits of its SHA-256; the same one gives the same."""
    if _OPAQUE.fullmatch(identifier):
        return identifier
    return f"~{hashlib.sha256(identifier.encode()).hexdigest()[:12]}"
