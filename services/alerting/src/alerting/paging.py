"""Telling people: who is on call when a step is due is asked then, and not before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.duty import Duty
from alerting.core.escalation import plan
from alerting.core.escalation.policy import Policy, Search, Step, Target
from alerting.core.people import Person
from alerting.store import oncall, outbox, timeline, timers
from alerting.store.outbox import Recipient
from alerting.store.timeline import What
from alerting.store.timers import Kind
from alerting.telemetry import PagingTelemetry

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open case, locked by the caller. ``policy``: the name of the one it is worked under."""

    case_id: UUID
    tenant: str
    policy: str | None
    episode: int


class Pager:
    """Goes through an escalation policy. Every method joins the caller's transaction."""

    def __init__(self, duty: Duty, telemetry: PagingTelemetry) -> None:
        self._duty = duty
        self._telemetry = telemetry

    async def begin(self, tx: AsyncConnection, case: Waiting, now: datetime) -> None:
        """Look for somebody from the first step on; a first step without delay is told in this transaction."""
        search = Search()
        due_at = now + plan.delay(self._duty.policy(case.policy), search.position)
        if due_at <= now:
            await self.go_on(tx, case, search, now)
        else:
            await timers.start(tx, case.case_id, Kind.ESCALATION, due_at, search.to_json())

    async def go_on(self, tx: AsyncConnection, case: Waiting, search: Search, now: datetime) -> None:
        """Tell the step of ``search``, which is due, and arm the one after it."""
        policy = self._duty.policy(case.policy)
        wakes = await self._tell(tx, case, policy, search, now)
        following = plan.following(policy, search, now, wakes)
        if following is None:
            await timers.clear(tx, case.case_id, (Kind.ESCALATION,))
            await timeline.add(tx, case.case_id, What.EXHAUSTED)
            self._telemetry.exhausted()
            log.error("nobody is left to tell of a case", case=str(case.case_id), policy=policy.name)
        else:
            then, due_at = following
            await timers.start(tx, case.case_id, Kind.ESCALATION, due_at, then.to_json())

    async def remind(
        self,
        tx: AsyncConnection,
        tenant: str,
        case_id: UUID,
        who: str | None,
        step: str,
        now: datetime,
        *,
        policy: str | None = None,
        urgent: bool = True,
    ) -> None:
        """Tell the one person who has the case, out of their quiet hours unless it is ``urgent``; where the on-call
        file does not know them, the fallback is told."""
        person = self._duty.person_called(who) if who else None
        to = self._reach(person, (), now, urgent=urgent) if person else []
        if not to:
            known = self._duty.policy(policy)
            to = await self._resolve(tx, tenant, known.fallback or known.steps[0].tell, now)
            if not to:
                log.error("nobody can be reminded of a case", case=str(case_id), policy=known.name)
        await outbox.enqueue(tx, tenant, case_id, "reminder", step, to)

    async def _tell(
        self, tx: AsyncConnection, case: Waiting, policy: Policy, search: Search, now: datetime
    ) -> datetime | None:
        """When the first of those who are told wakes up; None where somebody is told now, or there is nobody."""
        step = plan.step_at(policy, search.position)
        to = await self._whom(tx, case, policy, step, now)
        await outbox.enqueue(
            tx, case.tenant, case.case_id, "page", outbox.page_step(case.episode, search.page), to,
            episode=case.episode, urgent=step.urgent,
        )  # fmt: skip
        later = [each.due_at for each in to if each.due_at is not None]
        return min(later) if later and len(later) == len(to) else None

    async def _whom(
        self, tx: AsyncConnection, case: Waiting, policy: Policy, step: Step, now: datetime
    ) -> list[Recipient]:
        found = [await self._reached(tx, case.tenant, target, now, urgent=step.urgent) for target in step.tell]
        to = [each for one in found for each in one]
        if all(found) and found:
            return _once(to)
        if not step.tell and not policy.fallback:
            return []
        await timeline.add(tx, case.case_id, What.NOBODY_ON_CALL)
        self._telemetry.nobody_on_call()
        log.error("nobody is on call; telling the fallback", case=str(case.case_id), policy=policy.name)
        return _once([*to, *await self._resolve(tx, case.tenant, policy.fallback, now)])

    async def _resolve(
        self, tx: AsyncConnection, tenant: str, targets: Sequence[Target], now: datetime
    ) -> list[Recipient]:
        found = [await self._reached(tx, tenant, target, now, urgent=True) for target in targets]
        return _once([each for one in found for each in one])

    async def _reached(
        self, tx: AsyncConnection, tenant: str, target: Target, now: datetime, *, urgent: bool
    ) -> list[Recipient]:
        """Empty where the target leads to nobody."""
        if target.kind == "channel":
            return [Recipient(target.id)]
        people = [self._duty.people.get(id_) for id_ in await self._persons(tx, tenant, target, now)]
        return [each for person in people if person for each in self._reach(person, target.by, now, urgent=urgent)]

    async def _persons(self, tx: AsyncConnection, tenant: str, target: Target, now: datetime) -> Iterable[str]:
        if target.kind == "person":
            return (target.id,)
        schedule = self._duty.schedules.get(target.id)
        if schedule is None:
            return ()
        layers = await oncall.on_call(tx, tenant, schedule, now)
        wanted = layers if target.layer is None else layers[target.layer - 1 : target.layer]
        return [id_ for layer in wanted for id_ in layer]

    def _reach(self, person: Person, by: Sequence[str], now: datetime, *, urgent: bool) -> list[Recipient]:
        due_at = None if urgent else person.quiet_until(now)
        return [Recipient(name, person.id, due_at) for name in (by or person.reach) if name in person.reach]


def _once(recipients: Sequence[Recipient]) -> list[Recipient]:
    """Whoever is named twice is told once, and at the earlier moment."""
    found: dict[tuple[str, str | None], Recipient] = {}
    for each in recipients:
        key = (each.channel, each.person)
        if key not in found or each.due_at is None:
            found[key] = each
    return list(found.values())
