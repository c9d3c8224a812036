"""Everything people look at, put together from values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.service import Job
from scoring.core.retention import Retention
from scoring.pages.access import Access
from scoring.pages.counter import Counter
from scoring.pages.entrance import Entrance
from scoring.pages.honours import Recognition
from scoring.pages.live import Hub
from scoring.pages.public import Public
from scoring.pages.published import Publication
from scoring.pages.reading import Boards
from scoring.pages.rendering import Templates
from scoring.pages.wallboard import Wallboard
from scoring.store.panes import Panes


@dataclass(frozen=True, slots=True)
class Pages:
    """``router`` to include, and the jobs that keep boards live and publication up to date."""

    router: APIRouter
    jobs: Sequence[Job]


def create_pages(
    engine: AsyncEngine,
    panes: Panes,
    access: Access,
    publication: Publication,
    *,
    retention: Retention,
    zone: ZoneInfo,
    now: Callable[[], datetime],
) -> Pages:
    """The wallboard, the recognition board and the public counter.

    Args:
        zone: in which the pages tell the time, and a day and a week begin.
    """
    templates = Templates(zone)
    boards = Boards(engine, panes, retention, access.tenant, zone, now)
    hub = Hub(boards.progress)
    entrance = Entrance(access, templates, now)
    recognition = Recognition(engine, access.tenant, hub, entrance, templates, now)
    router = APIRouter(include_in_schema=False)
    router.add_route("/assets/{edition}/{name}", templates.assets.serve, methods=["GET"])
    for part in (
        entrance,
        Wallboard(boards, hub, entrance, templates),
        recognition,
        Public(publication, Counter(engine, panes, retention, now), templates, access.public_url),
    ):
        router.include_router(part.routes())
    return Pages(router, (hub.run, *publication.jobs()))
