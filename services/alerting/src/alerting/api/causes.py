"""``/v1/causes``: why customers were let down, how well they were won back, and how good the suggestions are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.case import Cause
from alerting.core.causes import FEWEST, TAXONOMY, Agreement, Board, Description, Split, Suggestion, agreement, pareto
from alerting.store import causes, causes_board
from alerting.store.causes_board import Period, SaidWords
from events.problems import Problem
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.vocabulary import Channel, Instant, Label

USUAL = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Asked:
    """The period and the filters of a question; by default the last 90 days of everything."""

    since: datetime | None
    until: datetime | None
    team: str | None
    reason: str | None
    channel: str | None


def _asked(
    since: Annotated[
        Instant | None, Query(description="Closed from then on. Left out: 90 days before `until`.")
    ] = None,
    until: Annotated[Instant | None, Query(description="Closed before then. Left out: now.")] = None,
    team: Annotated[Label | None, Query(description="Only contacts of this team.")] = None,
    reason: Annotated[Label | None, Query(description="Only contacts for this reason.")] = None,
    channel: Annotated[Channel | None, Query(description="Only contacts on this channel.")] = None,
) -> Asked:
    return Asked(since, until, team, reason, channel)


class CausesAnswer(BaseModel):
    since: datetime
    until: datetime
    fewest: int = Field(FEWEST, description="Below this many only the count is shown, no rate.")
    board: Board


class WordsAnswer(BaseModel):
    since: datetime
    until: datetime
    words: list[SaidWords]


class AgreementAnswer(BaseModel):
    since: datetime
    until: datetime
    fewest: int = Field(FEWEST, description="Below this many only the count is shown, no rate.")
    agreement: Agreement


class SuggestionAnswer(BaseModel):
    suggestion: Suggestion | None = Field(description="Null where nothing speaks for any cause.")


def router(engine: AsyncEngine, keyring: Keyring, zone: ZoneInfo) -> APIRouter:
    """``zone``: by whose clocks a week begins."""
    routes = APIRouter(prefix="/v1", tags=["causes"])
    _chosen(routes, engine, keyring, zone)
    _suggested(routes, engine, keyring)
    return routes


def _chosen(routes: APIRouter, engine: AsyncEngine, keyring: Keyring, zone: ZoneInfo) -> None:
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]
    asked = Annotated[Asked, Depends(_asked)]

    @routes.get("/causes", response_model=CausesAnswer, summary="Causes, the most frequent first")
    async def read_causes(
        key: reader, asked: asked, by: Annotated[Split | None, Query(description="Each cause by this too.")] = None
    ) -> CausesAnswer:
        """A Pareto of closed cases. Rates carry n and the 95 % Wilson interval."""
        async with transaction(engine) as tx:
            period = await _period(tx, asked)
            board = pareto(await causes_board.tallies(tx, key.tenant, period, zone), by)
        return CausesAnswer(since=period.since, until=period.until, board=board)

    @routes.get("/causes/taxonomy", response_model=list[Description], summary="What each cause means")
    async def read_taxonomy(_: reader) -> tuple[Description, ...]:
        """In the order in which to think of them: the system first."""
        return TAXONOMY

    @routes.get("/causes/words", response_model=WordsAnswer, summary="What those customers wrote")
    async def read_words(
        key: reader,
        asked: asked,
        cause: Annotated[Cause | None, Query(description="Only cases closed with this cause.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> WordsAnswer:
        """Personal data. Those closed last come first."""
        async with transaction(engine) as tx:
            period = await _period(tx, asked)
            found = await causes_board.words(tx, key.tenant, period, cause=cause, limit=limit)
        return WordsAnswer(since=period.since, until=period.until, words=found)


def _suggested(routes: APIRouter, engine: AsyncEngine, keyring: Keyring) -> None:
    reader = Annotated[ApiKey, Depends(require(keyring, "alerts:read"))]
    asked = Annotated[Asked, Depends(_asked)]

    @routes.get("/causes/suggestions", response_model=AgreementAnswer, summary="How often suggestions were taken")
    async def read_agreement(key: reader, asked: asked) -> AgreementAnswer:
        """People have read the suggestion when they choose, so agreement leans towards yes: read it as an upper end."""
        async with transaction(engine) as tx:
            period = await _period(tx, asked)
            found = agreement(await causes.choices(tx, key.tenant, period))
        return AgreementAnswer(since=period.since, until=period.until, agreement=found)

    @routes.get(
        "/cases/{case_id}/suggestion", response_model=SuggestionAnswer, summary="The cause a case seems to have"
    )
    async def read_suggestion(
        case_id: Annotated[UUID, Path(description="`id` of a case, as the list has it.")], key: reader
    ) -> SuggestionAnswer:
        """With every reason for it. It may quote the customer. People decide."""
        async with transaction(engine) as tx:
            if not await causes.known(tx, key.tenant, case_id):
                raise ProblemError(404, "There is no such case")
            return SuggestionAnswer(suggestion=await causes.suggestion(tx, key.tenant, case_id))


async def _period(tx: AsyncConnection, asked: Asked) -> Period:
    """By the database's clock. Raises ProblemError 422 where it ends before it begins."""
    until = asked.until or (await tx.scalar(text("SELECT now()")))
    since = asked.since or until - USUAL
    if since >= until:
        problem = Problem("/query/since", "order", "must lie before until")
        raise ProblemError(422, "The request does not fit the contract", problems=[problem])
    return Period(since, until, asked.team, asked.reason, asked.channel)
