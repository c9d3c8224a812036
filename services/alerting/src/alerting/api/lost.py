"""``/v1/lost``: customers who were not won back, listed for follow-up."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.lost import FollowUp
from alerting.store import lost
from alerting.store.lost import Lost
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.cursor import cursor, place
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.runtime.request_body import body, body_schema
from events.vocabulary import Instant

LONGEST_PAGE = 200
USUAL = timedelta(days=180)
_EXAMPLE = {"by": "Dana", "note": "Sent a letter; account manager visits in May."}


class LostPage(BaseModel):
    lost: list[Lost]
    next: str | None = Field(description="Give this as `after` to read on; null on the last page.")


def router(engine: AsyncEngine, keyring: Keyring) -> APIRouter:
    routes = APIRouter(prefix="/v1/lost", tags=["lost customers"])
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]
    actor = Annotated[ApiKey, Depends(require(keyring, "alerts:act"))]

    @routes.get("", response_model=LostPage, summary="Lost customers, the latest first")
    async def list_lost(
        key: reader,
        since: Annotated[Instant | None, Query(description="Lost from then on. Left out: the last 180 days.")] = None,
        followed_up: Annotated[bool | None, Query(description="Only those somebody has, or has not, seen to.")] = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
        after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    ) -> LostPage:
        """Each customer once, by the last case that did not win them back; no longer once they gave a good answer or a
        later case won them back. A customer who is not known by an id cannot be listed."""
        async with transaction(engine) as tx:
            begin = since or (await tx.scalar(text("SELECT now()"))) - USUAL
            found = await lost.page(
                tx, key.tenant, since=begin, followed_up=followed_up, before=place(after), limit=limit + 1
            )
        last = found[limit - 1] if len(found) > limit else None
        return LostPage(lost=found[:limit], next=cursor((last.closed_at, last.case_id)) if last else None)

    @routes.post(
        "/{case_id}/follow-up",
        status_code=204,
        summary="Mark a lost customer as seen to",
        description=FollowUp.__doc__,
        openapi_extra=body_schema(FollowUp, _EXAMPLE),
    )
    async def follow_up(
        case_id: Annotated[UUID, Path(description="`case_id` of the list.")],
        key: actor,
        said: Annotated[FollowUp, Depends(body(FollowUp))],
    ) -> Response:
        async with transaction(engine) as tx:
            if not await lost.follow_up(tx, key.tenant, case_id, said):
                raise ProblemError(404, "There is no such lost case")
        return Response(status_code=204)

    return routes
