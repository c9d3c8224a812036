"""What people do about preferences: decide what is doubtful, try the CRM again, say whether remarks may be read.

Profile-sync does it, and keeps who did; so does the audit of the desk.
"""

from collections.abc import Mapping
from typing import get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.desk import visitor
from alerting.desk.customer_preferences import address, known_id
from alerting.desk.preferences import PAGE, number, read
from alerting.desk.room import Room
from alerting.preferences_client import Decision, PreferencesClient, Trouble
from alerting.store import audit_log
from events.runtime.database import transaction

DECISIONS: tuple[Decision, ...] = get_args(Decision)
AUDITED: Mapping[Decision, str] = {"accept": "accepted", "reject": "rejected", "retract": "retracted"}


class PreferenceActs:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        guard = self._room.entrance.guard
        return [
            Route("/preferences/{note_id}/{decision}", guard(self.decide), methods=["POST"]),
            Route("/customers/{customer_id}/retry", guard(self.retry, role="supervisor"), methods=["POST"]),
            Route("/customers/{customer_id}/consent", guard(self.consent, role="supervisor"), methods=["POST"]),
        ]

    async def decide(self, request: Request) -> Response:
        """Then back to where the button was: the customer's page, or the queue at the row that is there now."""
        form, client = await visitor.read_form(request, self._room.access), self._client()
        decision = next((each for each in DECISIONS if each == request.path_params["decision"]), None)
        if decision is None:
            raise HTTPException(404)
        found = await client.decide(request.path_params["note_id"], decision, visitor.present(request).name)
        if isinstance(found, Trouble):
            return self._refused(request, found)
        await self._audit(request, f"preference.{AUDITED[decision]}", f"note:{found.note_id}")
        if form.get("customer"):
            return RedirectResponse(address(form["customer"], decision), 303)
        row = number(form.get("row", ""))
        return RedirectResponse(read(form).address(done=decision, row="" if row is None else row), 303)

    async def retry(self, request: Request) -> Response:
        form, customer_id = await self._about(request)
        found = await self._client().retry(customer_id, visitor.present(request).name)
        if isinstance(found, Trouble):
            return self._refused(request, found)
        await self._audit(request, "preference.retried")
        return RedirectResponse(address(customer_id, "retry") if form.get("customer") else f"{PAGE}?done=retry", 303)

    async def consent(self, request: Request) -> Response:
        form, customer_id = await self._about(request)
        given = form.get("extraction") == "on"
        found = await self._client().consent(customer_id, given, visitor.present(request).name)
        if isinstance(found, Trouble):
            return self._refused(request, found)
        done = "given" if given else "withdrawn"
        await self._audit(request, f"preference.consent_{done}")
        return RedirectResponse(address(customer_id, done), 303)

    async def _about(self, request: Request) -> tuple[dict[str, str], str]:
        form = await visitor.read_form(request, self._room.access)
        return form, known_id(request.path_params["customer_id"])

    def _client(self) -> PreferencesClient:
        if self._room.preferences is None:
            raise HTTPException(404)
        return self._room.preferences

    def _refused(self, request: Request, trouble: Trouble) -> Response:
        return self._room.pages.message(request, "Not done", trouble.text, trouble.status)

    async def _audit(self, request: Request, what: str, about: str | None = None) -> None:
        """Which customer is not said: nothing of theirs is kept there. Profile-sync's own audit tells."""
        who, network = visitor.present(request).name, visitor.network(request)
        async with transaction(self._room.engine) as tx:
            await audit_log.add(tx, self._room.tenant, who, what, about, network=network)
