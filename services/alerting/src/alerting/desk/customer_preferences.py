"""What one customer prefers, with the words it comes from, and what the CRM holds of it."""

import re
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.desk.pages import HOME
from alerting.desk.preference_words import DONE
from alerting.desk.room import Room
from alerting.preferences_client import Trouble

_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}", re.ASCII)


def known_id(said: str) -> str:
    """Raises HTTPException 404 for what cannot be a customer's id, or would be another address."""
    if not _ID.fullmatch(said):
        raise HTTPException(404)
    return said


def address(customer_id: str, done: str = "") -> str:
    query = f"?done={done}" if done else ""
    return f"{HOME}customers/{quote(customer_id, safe='')}/preferences{query}"


class CustomerPreferencesPage:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        guard = self._room.entrance.guard
        return [Route("/customers/{customer_id}/preferences", guard(self.show), methods=["GET"])]

    async def show(self, request: Request) -> Response:
        pages, customer_id = self._room.pages, known_id(request.path_params["customer_id"])
        if self._room.preferences is None:
            return pages.render(request, "preferences_off.html", 404)
        found = await self._room.preferences.customer(customer_id)
        if isinstance(found, Trouble):
            return pages.message(request, "A customer’s preferences", found.text, found.status)
        done = DONE.get(request.query_params.get("done", ""), "")
        return pages.render(request, "customer_preferences.html", known=found, done=done)
