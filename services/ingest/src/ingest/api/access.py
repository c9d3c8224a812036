"""Who may post, and how often: API keys, and the limits on those who have none that is good."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from events.catalog import POSTED, POSTED_BY_NAME
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.problem_details import ProblemError
from ingest.api.call import Call
from ingest.core.bucket import Buckets
from ingest.core.caller import neighbourhood

FAILURES_PER_MINUTE = 10

_WRITING = frozenset(entry.scope for entry in POSTED)


@dataclass(frozen=True, slots=True)
class Access:
    """``calls``: a bucket per API key. ``clock`` is monotonic, in seconds."""

    keyring: Keyring
    calls: Buckets[str]
    failures: Buckets[str] = field(default_factory=lambda: Buckets(FAILURES_PER_MINUTE / 60, FAILURES_PER_MINUTE))
    clock: Callable[[], float] = time.monotonic

    def writer(self, call: Call) -> ApiKey:
        """The caller's key.

        Raises:
            ProblemError: 401 without a good key, 403 where it may post nothing at all, 429 too often with this key, or
                too often without a good one from there.
        """
        key = self.keyring.find(call.headers.get("authorization"))
        if key is None:
            self.failed(call)
            raise ProblemError(
                401,
                "A valid API key is needed",
                "Send the header Authorization: Bearer amk_…",
                headers={"WWW-Authenticate": 'Bearer realm="amends"'},
            )
        if _WRITING.isdisjoint(key.scopes):
            raise _lacks("events:write")
        if wait := self.calls.take(key.id, self.clock()):
            raise too_many("This API key is used too often.", wait)
        return key

    def failed(self, call: Call) -> None:
        """Note that a caller could not prove who it is. Raises ProblemError: 429, too often from there."""
        if wait := self.failures.take(neighbourhood(call.host), self.clock()):
            raise too_many("Too many requests without valid credentials come from this address.", wait)


def allow(key: ApiKey | None, types: Iterable[str]) -> None:
    """Raises ProblemError: 403 where one of these types of events needs a scope that ``key`` has not.

    Who proves to be a source by a signature or an address has no key, and so the scope of every source alone.
    """
    held = key.scopes if key is not None else ("events:write",)
    for type_ in types:
        if (scope := POSTED_BY_NAME[type_].scope) not in held:
            raise _lacks(scope, f" to post {type_}")


def _lacks(scope: str, what: str = "") -> ProblemError:
    return ProblemError(403, "This API key may not do that", f"It needs the scope {scope}{what}.")


def too_many(why: str, wait: float) -> ProblemError:
    """``wait``: seconds until it may be tried again."""
    return ProblemError(429, "Too many requests", why, headers={"Retry-After": str(math.ceil(wait))})
