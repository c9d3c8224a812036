"""A recovery desk in a test: the parts of alerting that open, escalate and act on cases, on a real database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.acting import Cases
from alerting.core.case import Action, Case, Refusal
from alerting.core.clocks.policy import ClockPolicy
from alerting.core.duty import Duty
from alerting.core.escalation.policy import Policy, Step, Target
from alerting.core.message import What
from alerting.core.people import Person, Quiet
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.opening import Opening
from alerting.paging import Pager
from alerting.telemetry import CaseTelemetry, PagingTelemetry
from alerting.timekeeping import Timekeeper
from events.runtime.database import transaction
from support.moving_clock import MovingClock

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROOM, DANA, MARIA = Target("channel", "room"), Target("person", "dana"), Target("person", "maria")
PEOPLE = {
    "dana": Person("dana", "Dana", ZoneInfo("UTC"), {"mail": "dana@example.org", "sms": "+4912345"}),
    "maria": Person("maria", "Maria", ZoneInfo("UTC"), {"mail": "maria@example.org"}, Quiet(time(22), time(7))),
}
POLICY = Policy(
    "default",
    (Step(timedelta(0), (DANA, ROOM)), Step(10 * MINUTE, (MARIA,))),
    rounds=2,
    pause=15 * MINUTE,
    last_resort=(ROOM,),
)
DUTY = Duty(PEOPLE, {}, {"default": POLICY}, shared=("room",))
"""Dana and the room are told at once, Maria after ten minutes unless she sleeps; twice; then the room."""
FOLLOWS: dict[What, tuple[str, ...]] = {"claimed": ("room",), "closed": ("room",), "reopened": ("room",)}
BAD = Decision(Verdict.OPEN, Reason.LOW_SCORE)


@dataclass
class Recovery:
    """``opened``: cases by the interaction they are about."""

    engine: AsyncEngine
    duty: Duty
    lease: timedelta = timedelta(hours=1)
    clocks: ClockPolicy = field(default_factory=ClockPolicy)
    opened: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        paging = PagingTelemetry(self.registry)
        pager = Pager(self.duty, paging)
        self.opening = Opening(self.duty, self.clocks, pager)
        self.cases = Cases(self.engine, pager, FOLLOWS, self.lease, CaseTelemetry(self.registry))
        self.timekeeper = Timekeeper(self.engine, self.cases, pager, paging)

    async def open(self, interaction: str, decision: Decision = BAD, *, customer: str | None = None) -> UUID:
        async with transaction(self.engine) as tx:
            now = await tx.scalar(text("SELECT now()"))
            taken = await self.opening.open_for_contact(
                tx, "default", interaction, customer, f"e-{interaction}", now, decision
            )
        self.opened[interaction] = taken.case_id
        return taken.case_id

    async def act(self, case_id: UUID, kind: type[Action], *, by: str = "Dana", **said: Any) -> Case | Refusal:
        """On the case as it stands, unless a version is said."""
        version = said.pop("version", None) or (await self.row(case_id))["version"]
        result = await self.cases.act("default", case_id, kind.model_validate({"by": by, "version": version, **said}))
        assert result is not None
        return result

    async def row(self, case_id: UUID) -> dict[str, Any]:
        found = await self.rows("SELECT * FROM recovery_case WHERE id = :id", id=case_id)
        return found[0]

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with transaction(self.engine) as tx:
            return [dict(row._mapping) for row in await tx.execute(text(query), values)]

    async def timers(self, case_id: UUID) -> dict[str, datetime]:
        found = await self.rows("SELECT kind, due_at FROM timer WHERE case_id = :id", id=case_id)
        return {row["kind"]: row["due_at"] for row in found}

    async def told(self, case_id: UUID) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM notification WHERE case_id = :id ORDER BY id", id=case_id)

    async def timeline(self, case_id: UUID) -> Sequence[str]:
        return [
            row["what"]
            for row in await self.rows("SELECT what FROM timeline WHERE case_id = :id ORDER BY id", id=case_id)
        ]


async def pass_until(clock: MovingClock, desk: Recovery, moment: datetime) -> None:
    """Time goes on, and the timekeeper looks whenever something is due."""
    while True:
        found = await desk.rows(
            "SELECT min(due_at) AS due, greatest(min(due_at), now()) AS then FROM timer WHERE due_at <= :moment",
            moment=moment,
        )
        if found[0]["due"] is None:
            break
        await clock.set(found[0]["then"])
        assert await desk.timekeeper.look()
    await clock.set(moment)
