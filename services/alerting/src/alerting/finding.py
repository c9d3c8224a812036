"""What follows from judging a contact by itself, whether an event or a clock was the reason to."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.intake import Step
from alerting.core.rules.decision import Decision
from alerting.opening import Opening
from alerting.store import contacts, timeline
from alerting.store.contacts import Stored
from alerting.store.timeline import What
from alerting.telemetry import CaseTelemetry


@dataclass(frozen=True, slots=True)
class Finding:
    """What was decided about a contact, and what is to be done."""

    stored: Stored
    decision: Decision
    step: Step


async def settle(tx: AsyncConnection, found: Finding, opening: Opening, telemetry: CaseTelemetry) -> None:
    """Do what follows. The caller has locked the contact."""
    contact, decision, case_id = found.stored.contact, found.decision, found.stored.known.case_id
    if found.step is Step.OPEN and contact.event_id and contact.recorded_at:
        taken = await opening.open_for_contact(
            tx,
            contact.tenant,
            contact.interaction_id,
            contact.customer_id,
            contact.event_id,
            contact.recorded_at,
            decision,
            found.stored.origin,
        )
        case_id = taken.case_id
        if taken.opened:
            telemetry.opened(decision.reason)
    elif found.step is Step.CORRECT and case_id is not None:
        await timeline.add(tx, case_id, What.ANSWER_CORRECTED, note="the contact was reported otherwise")
    await contacts.decide(tx, contact.key, decision.verdict, decision.reason, case_id)
