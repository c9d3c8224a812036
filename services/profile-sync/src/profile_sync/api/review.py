"""``/v1/preferences``: what waits for a person, and what people decide."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from events.preference import Kind
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.api_page import refusal
from events.runtime.cursor import cursor, place
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema
from events.vocabulary import Identifier
from profile_sync.api.actor import DANA, Act
from profile_sync.api.note import CustomersNote, customers
from profile_sync.core.decisions import Refusal
from profile_sync.core.preferences import Decision, Status
from profile_sync.deciding import decide
from profile_sync.store import note_views
from profile_sync.store.note_views import Wanted

LONGEST_PAGE = 200
_EXAMPLE = {"a note": {"value": "0f343b0931126a20f133d67c2b018a3b"}}
NoteId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="`note_id` of a note.", openapi_examples=_EXAMPLE)]
DECISIONS = (
    ("accept", Decision.ACCEPTED, "It is right", "The note counts from now on, and the CRM is told."),
    (
        "reject",
        Decision.REJECTED,
        "It is not what was said",
        "The note does not count. A hint from a habit is not given again for the same channel.",
    ),
    ("retract", Decision.RETRACTED, "It does not hold any more", "The note ceases to count, and the CRM is told."),
)
"""What people can decide over the API: path, decision, title, explanation."""


class NotePage(BaseModel):
    preferences: list[CustomersNote]
    counts: dict[str, int] = Field(description="How many there are of each kind.", examples=[{"language": 4}])
    next: str | None = Field(description="Give this as `after` to read on; null on the last page.")


def wanted(
    status: Annotated[Status, Query(description="What has become of them.")] = Status.PROPOSED,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    customer_id: Annotated[Identifier | None, Query(description="Only of this customer.")] = None,
    hints: Annotated[bool, Query(description="Also weak hints, from what customers do.")] = False,
) -> Wanted:
    return Wanted(status, kind, customer_id, hints)


def router(engine: AsyncEngine, keyring: Keyring, sure: float) -> APIRouter:
    routes = APIRouter(prefix="/v1/preferences", tags=["review"])
    reader = Annotated[ApiKey, Depends(require(keyring, "preferences:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "preferences:act"))]

    @routes.get("", summary="What waits for a person, the oldest first")
    async def review(
        key: reader,
        among: Annotated[Wanted, Depends(wanted)],
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
        after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    ) -> NotePage:
        """Or what has become something else: see `status`. Reading on skips and repeats none that stay as they are."""
        start = place(after)
        async with transaction(engine) as tx:
            found = await note_views.page(tx, key.tenant, among, after=start, limit=limit + 1)
            counts = await note_views.counts(tx, key.tenant, among)
        last = found[limit - 1] if len(found) > limit else None
        return NotePage(
            preferences=[customers(row) for row in found[:limit]],
            counts=counts,
            next=cursor((last["recorded_at"], UUID(last["note_id"]))) if last else None,
        )

    def act(name: str, decision: Decision, title: str, explanation: str) -> None:
        async def decided(note_id: NoteId, key: actor, said: Annotated[Act, Depends(body(Act))]) -> CustomersNote:
            found = await decide(engine, key.tenant, note_id, decision, said.person(key), sure=sure)
            if found is None:
                raise ProblemError(404, "There is no such note")
            if isinstance(found, Refusal):
                raise ProblemError(409, "That cannot be decided now", found.value)
            return customers(found)

        routes.add_api_route(
            f"/{{note_id}}/{name}",
            decided,
            methods=["POST"],
            name=name,
            summary=title,
            description=f"{explanation} Saying it again changes nothing.",
            responses={404: refusal("There is no such note."), 409: refusal("It cannot be decided now; says why.")},
            openapi_extra=body_schema(Act, DANA),
        )

    for each in DECISIONS:
        act(*each)
    return routes
