"""A notification in the hands of a dispatcher: everything that sending it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerting.core.bulletin import AnyFacts, BundleFacts, IncidentFacts
from alerting.core.message import Facts, What
from alerting.store.outbox import page_number
from events.origin import NOWHERE, Origin


@dataclass(frozen=True, slots=True)
class Due:
    """A notification leased to us. Whoever holds the newest ``lease`` may say what became of it.

    Attributes:
        age: seconds since it was queued.
        accepted_at: when Amends took the answer that opened the case; None for an incident.
        ref: what the destination answered to the first message of the thread.
        origin: the request that its case came of.
    """

    id: int
    lease: UUID
    dedup_key: str
    tenant: str
    channel: str
    person: str | None
    what: What
    attempts: int
    age: float
    accepted_at: datetime | None
    ref: Mapping[str, Any] | None
    facts: AnyFacts
    origin: Origin = NOWHERE

    @property
    def is_opening(self) -> bool:
        """Whether this is the first that anybody is told of a case."""
        return self.what == "page" and isinstance(self.facts, Facts) and (self.facts.episode, self.facts.step) == (1, 1)

    @property
    def subject(self) -> UUID | None:
        """The case or incident it is about; None for a bundle, which is about many."""
        match self.facts:
            case IncidentFacts(incident_id=found):
                return found
            case Facts(case_id=found):
                return found
            case _:
                return None

    @property
    def thread(self) -> str:
        return str(self.subject or self.dedup_key)


def from_row(row: Any, bundle: BundleFacts | None) -> Due:
    """``bundle``: what it tells of, where it is one."""
    facts = bundle or (_incident(row) if row.what == "incident" else _case(row))
    return Due(
        row.id, row.lease, row.dedup_key, row.tenant, row.destination, row.person, row.what, row.attempts, row.age,
        row.accepted_at, row.ref, facts, Origin.from_json(row.origin),
    )  # fmt: skip


def _incident(row: Any) -> IncidentFacts:
    return IncidentFacts(
        incident_id=row.incident_id,
        tenant=row.tenant,
        title=row.title,
        dimension=row.dimension,
        key=row.key,
        cases=row.cases,
        opened_at=row.incident_opened_at,
        state=row.incident_state,
        owner=row.owner,
    )


def _case(row: Any) -> Facts:
    return Facts(
        case_id=row.case_id,
        tenant=row.tenant,
        event_id=row.event_id,
        reason=row.reason,
        opened_at=row.opened_at,
        state=row.state,
        play=row.play,
        episode=row.episode,
        step=page_number(row.step),
        contact_due_at=row.contact_due_at,
        changed_at=row.changed_at,
        by=row.by,
        outcome=row.outcome,
        instrument=row.instrument,
        scale=row.scale,
        score=row.score,
        network=row.network,
        channel=row.channel,
        team=row.team,
        interaction_id=row.interaction_id,
        customer_tier=row.customer_tier,
    )
