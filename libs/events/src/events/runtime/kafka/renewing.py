"""Certificates and a password that are renewed while clients live, which are given them once and for all."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from events.runtime.errors import Stuck

log = structlog.get_logger()


class Renewing(ssl.SSLContext):
    """Each connection is made with the files as they are then: what was renewed needs no restart, and an authority that
    is gone is believed no more."""

    _newest: ssl.SSLContext
    _read: Callable[[], ssl.SSLContext]

    @classmethod
    def of(cls, read: Callable[[], ssl.SSLContext]) -> "Renewing":
        """``read``: raises Stuck where the files cannot be used, now as at any time."""
        found = cls(ssl.PROTOCOL_TLS_CLIENT)
        found._newest, found._read = read(), read
        return found

    def wrap_bio(self, *given: Any, **named: Any) -> ssl.SSLObject:
        """What event loops call once for each connection."""
        try:
            self._newest = self._read()
        except Stuck as error:  # a file that is just being written, say
            log.warning("not read anew; what was valid before goes on", error=str(error))
        return self._newest.wrap_bio(*given, **named)


class RenewingPassword(str):
    """The password that a file holds. SCRAM asks for its bytes once for each connection; PLAIN, which joins texts, has
    the first one for ever."""

    _newest: str
    _file: Path

    @classmethod
    def of(cls, password: str, file: Path) -> "RenewingPassword":
        found = cls(password)
        found._newest, found._file = password, file
        return found

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        try:
            self._newest = self._file.read_text("utf-8").strip() or self._newest
        except (OSError, UnicodeDecodeError) as error:
            log.warning("not read anew; what was valid before goes on", error=type(error).__name__)
        return self._newest.encode(encoding, errors)
