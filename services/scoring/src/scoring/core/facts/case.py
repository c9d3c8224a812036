"""A recovery case, as far as it counts: how soon somebody took it, spoke with the customer, and what came of it."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct, structs

from events.case import CaseReported
from scoring.core.attribution import Attribution
from scoring.core.clock import moment, ms_of
from scoring.core.contribution import Contribution, Observations
from scoring.core.facts.pseudonym import digest
from scoring.core.measures import RECOVERY


class Case(Struct, array_like=True, frozen=True, gc=False):
    """As of its newest revision; ``version`` is -1 where nothing is known of it. Moments in ms."""

    version: int = -1
    opened_at: int = 0
    claim_ms: int | None = None
    contact_ms: int | None = None
    contact_due: bool = False
    in_time: bool = False
    closed_at: int | None = None
    closed: bool = False
    outcome: str | None = None
    cause: str | None = None
    channel: str | None = None
    team: str | None = None
    agent: str | None = None
    reason: str | None = None
    customer: str | None = None
    response: str | None = None
    instrument: str | None = None
    score: int | None = None

    @property
    def attribution(self) -> Attribution:
        return Attribution(self.channel, self.team, self.agent, self.reason)

    def reported(self, tenant: str, case: CaseReported, recorded_at: datetime) -> "Case":
        """As of a newer revision; unchanged by one that is not newer."""
        return self if case.version <= self.version else _case_of(tenant, case, recorded_at)

    def unlinked(self, customer: str) -> "Case":
        """Without knowing any more that it was this customer's."""
        return structs.replace(self, customer=None) if self.customer == customer else self

    def moments(self) -> list[int]:
        """When it counts."""
        if self.version < 0:
            return []
        return [self.opened_at] if self.closed_at is None else [self.opened_at, self.closed_at]

    def contributions(self) -> Iterator[Contribution]:
        """Speed counts when the case was opened, its outcome when it was closed. Dismissed ones were no cases."""
        if self.version < 0:
            return
        if self.outcome == "dismissed":
            return
        if speed := _speed(self):
            yield Contribution(RECOVERY.name, self.opened_at, self.attribution, speed, _durations(self))
        if self.closed and self.closed_at is not None:
            outcome = {"cases_closed": 1, "cases_recovered": int(self.outcome == "recovered")}
            yield Contribution(RECOVERY.name, self.closed_at, self.attribution, outcome)


def _case_of(tenant: str, case: CaseReported, recorded_at: datetime) -> Case:
    due, contacted = case.contact_due_at, case.contacted_at
    return Case(
        version=case.version,
        opened_at=moment(case.opened_at, recorded_at),
        claim_ms=_ms(case.opened_at, case.claimed_at),
        contact_ms=_ms(case.opened_at, contacted),
        contact_due=due is not None and (contacted is not None or case.state == "closed"),
        in_time=due is not None and contacted is not None and contacted <= due,
        closed_at=None if case.closed_at is None else moment(case.closed_at, recorded_at),
        closed=case.state == "closed",
        outcome=case.outcome,
        cause=case.cause,
        channel=case.channel,
        team=case.team,
        agent=case.agent,
        reason=case.reason,
        customer=digest(tenant, case.customer_id),
        response=case.response_id,
        instrument=case.instrument,
        score=None if case.score_percent is None else round(case.score_percent * 1000),
    )


def _ms(start: datetime, end: datetime | None) -> int | None:
    """How long it took, in ms; never less than nothing."""
    return None if end is None else max(0, ms_of(end) - ms_of(start))


def _speed(case: Case) -> dict[str, int]:
    sums: dict[str, int] = {}
    if case.claim_ms is not None:
        sums |= {"claimed": 1, "claim_ms": case.claim_ms}
    if case.contact_ms is not None:
        sums |= {"contacted": 1, "contact_ms": case.contact_ms}
    if case.contact_due:
        sums |= {"contact_due": 1, "contacted_in_time": int(case.in_time)}
    return sums


def _durations(case: Case) -> Observations:
    took = (("claim", case.claim_ms), ("contact", case.contact_ms))
    return tuple((histogram, ms) for histogram, ms in took if ms is not None)
