"""What is looked for in the queue, as an address says it: shareable, and read with patience."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_args
from urllib.parse import urlencode

from alerting.core.case import STATES, Play
from alerting.desk.standing import URGENCIES
from alerting.store.queue import Wanted, person_key

ME = "me"
"""In an address: whoever looks. So a shared address shows everybody their own."""
LONGEST = 128

_PLAYS: tuple[Play, ...] = get_args(Play)
_CLOSED_SETS: Mapping[str, tuple[str, ...]] = {"state": STATES, "play": _PLAYS, "due": URGENCIES}


@dataclass(frozen=True, slots=True)
class Filters:
    """Each is "" where anything will do. ``due`` is an urgency, ``person`` the key of a colleague, or "me"."""

    state: str = ""
    due: str = ""
    team: str = ""
    channel: str = ""
    reason: str = ""
    play: str = ""
    tier: str = ""
    person: str = ""
    page: int = field(default=1)

    def wanted(self, me: str) -> Wanted:
        """For the database; ``due`` is not of its business."""
        said: dict[str, Any] = {name: value or None for name, value in self.said.items()}
        if self.person == ME:
            said["person"] = person_key(me)
        return Wanted(**{each.name: said.get(each.name) for each in fields(Wanted)})

    @property
    def said(self) -> dict[str, str]:
        """What is looked for, without what is not."""
        found = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "page"}
        return {name: value for name, value in found.items() if value}

    def query(self, **changes: str | int) -> str:
        """The address's query for these, with some changed; "" or page 1 leaves one out."""
        said = {**self.said, "page": self.page, **changes}
        found = urlencode({name: value for name, value in said.items() if value and (name, value) != ("page", 1)})
        return f"?{found}" if found else ""


def read(query: Mapping[str, str]) -> Filters:
    """What cannot be meant is left out."""
    said = {each.name: query.get(each.name, "").strip()[:LONGEST] for each in fields(Filters) if each.name != "page"}
    for name, allowed in _CLOSED_SETS.items():
        if said[name] not in allowed:
            said[name] = ""
    page = query.get("page", "")
    return Filters(**said, page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 5 else 1)
