"""TLS for clients that keep one context for as long as they live, and whose certificates are renewed meanwhile."""

import ssl
from collections.abc import Callable
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
