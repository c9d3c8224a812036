"""``GET /v1/contacts``: from any number to what is behind it, page by page."""

import base64
import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from events.problems import Problem
from events.runtime.api_keys import ApiKey
from scoring.api.answers import BehindShown, ContactsAnswer
from scoring.api.asking import ContactsQuery, known, refused
from scoring.api.reading import Caller, Reading
from scoring.api.telling import window_shown
from scoring.core.metrics import METRICS
from scoring.figures.behind import Number, behind
from scoring.store.drill import Behind, Place


def add(routes: APIRouter, caller: Caller, reading: Reading) -> None:
    @routes.get(
        "/v1/contacts",
        summary="What is behind a number",
        description="The contacts, answers, mentions, surveys and cases that a metric of one key is made of.",
        dependencies=[Depends(known(ContactsQuery))],
    )
    async def contacts(
        key: Annotated[ApiKey, Depends(caller)], query: Annotated[ContactsQuery, Query()]
    ) -> ContactsAnswer:
        now, one, after = reading.now(), query.one(), place_of(query.cursor)
        window = query.over(now)
        number = Number(key.tenant, METRICS[query.metric], query.dimension, one, window)
        async with reading.transaction() as tx:
            found, following = await behind(tx, number, now, after, query.limit)
        return ContactsAnswer(
            metric=query.metric,
            window=window_shown(window),
            dimension=query.dimension,
            key=one,
            values=[_shown(each) for each in found],
            next=following and cursor_of(following),
        )


def _shown(found: Behind) -> BehindShown:
    kind, _, id_ = found.id.partition("/")
    of = found.attribution
    return BehindShown(
        kind=kind,
        id=id_,
        at=found.at,
        channel=of.channel,
        team=of.team,
        agent=of.agent,
        reason=of.reason,
        adds=dict(found.sums),
    )


def cursor_of(place: Place) -> str:
    """A place as text without a meaning for whoever carries it."""
    return base64.urlsafe_b64encode(json.dumps([place.at.isoformat(), place.id]).encode()).decode()


def place_of(cursor: str | None) -> Place | None:
    """The place that ``cursor_of`` wrote. Raises ProblemError for anything else."""
    if cursor is None:
        return None
    try:
        at, id_ = json.loads(base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo != UTC or b"\0" in id_.encode():
            raise ValueError
        return Place(moment, id_)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise refused(Problem("/query/cursor", "value_error", "is no `next` of a page of ours")) from error
