"""Which alerts of a pager stand for a case.

Pagers count a repeat on an alert that is still open, acknowledged or not, and wake nobody for it. That makes repeats
harmless; but a case that nobody has any more must ring again, and so must a reminder of one that somebody has. So each
episode of a case is an alert of its own, and its reminders are one. ``Delivered.ref`` keeps which are open.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerting.channels.port import Envelope
from alerting.core.message import Notice


@dataclass(frozen=True, slots=True)
class Alerts:
    """Keys at the pager.

    Attributes:
        open: of the alerts that are open there, as far as we know: a claim acknowledges them and the end ends them.
        wanted: of the alert that the notice opens or repeats.
        stale: of those that end when it does.
        ref: what is open from then on.
    """

    open: tuple[str, ...]
    wanted: str
    stale: tuple[str, ...]
    ref: Mapping[str, Any]


def alerts(notice: Notice, envelope: Envelope, *, longest: int) -> Alerts:
    """``longest``: characters the pager takes. A person's alert is their own: two people's would count as one."""
    whose = f":{_digest(envelope.to, 8)}" if envelope.to else ""
    thread = f"{envelope.thread}{whose}"
    now = _episode(notice.data.get("data"))
    before = _episode(envelope.ref, now)
    reminder = _fit(f"{thread}:reminder", longest)
    reminded = bool(envelope.ref and envelope.ref.get("reminded"))
    open_ = (_key(thread, before, longest), *((reminder,) if reminded else ()))
    if notice.what == "reminder":
        return Alerts(open_, reminder, (), {"episode": before, "reminded": True})
    wanted = _key(thread, now, longest)
    return Alerts(open_, wanted, tuple(key for key in open_ if key != wanted), {"episode": now})


def _episode(said: Mapping[str, Any] | None, otherwise: int = 1) -> int:
    found = (said or {}).get("episode")
    return found if isinstance(found, int) else otherwise


def _key(thread: str, episode: int, longest: int) -> str:
    return _fit(thread if episode == 1 else f"{thread}:{episode}", longest)


def _fit(key: str, longest: int) -> str:
    return key if len(key) <= longest else _digest(key, 32)


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=size).hexdigest()
