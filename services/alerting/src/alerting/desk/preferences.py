"""What waits for a person among what customers seem to prefer, and where the CRM is not as it should be."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.desk.pages import HOME
from alerting.desk.preference_words import DONE, KINDS
from alerting.desk.room import Room
from alerting.preferences_client import Trouble

LONGEST = 400
PAGE = f"{HOME}preferences"


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked at. ``after`` and ``crm``: where the pages before of either list ended."""

    kind: str = ""
    hints: str = ""
    after: str = ""
    crm: str = ""

    def address(self, **changes: str | int) -> str:
        """The page for these, with some changed; both lists from the beginning where nothing else is said."""
        said = {"kind": self.kind, "hints": self.hints, **changes}
        found = urlencode({name: value for name, value in said.items() if value != ""})
        return f"{PAGE}?{found}" if found else PAGE


class PreferencesPage:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        return [Route("/preferences", self._room.entrance.guard(self.show), methods=["GET"])]

    async def show(self, request: Request) -> Response:
        client, query = self._room.preferences, request.query_params
        if client is None:
            return self._room.pages.render(request, "preferences_off.html", 404)
        looked = read(query)
        waiting, parked = await asyncio.gather(
            client.waiting(looked.kind, looked.after, hints=bool(looked.hints)), client.parked(looked.crm)
        )
        trouble = waiting if isinstance(waiting, Trouble) else None
        return self._room.pages.render(
            request,
            "preferences.html",
            trouble.status if trouble else 200,
            looked=looked,
            waiting=None if trouble else waiting,
            parked=None if isinstance(parked, Trouble) else parked,
            trouble=trouble or (parked if isinstance(parked, Trouble) else None),
            done=DONE.get(query.get("done", ""), ""),
            row=number(query.get("row", "")),
        )


def read(query: Mapping[str, str]) -> Looked:
    """What cannot be meant is left out."""
    kind = query.get("kind", "")
    cursors = (query.get("after", "")[:LONGEST], query.get("crm", "")[:LONGEST])
    return Looked(kind if kind in KINDS else "", "yes" if query.get("hints") else "", *cursors)


def number(said: str) -> int | None:
    """Which row of the queue to go on at."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 4 else None
