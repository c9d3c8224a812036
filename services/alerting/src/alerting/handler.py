"""Applies a batch of events: keep the contacts, judge the answers, open cases for the bad ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core import rules
from alerting.core.answer import Answer, answer_of
from alerting.core.contact import Contact
from alerting.core.freshness import only_fresh
from alerting.core.intake import Known, Step, plan
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.policy import Policy
from alerting.store import assessments, contacts, reports, timeline
from alerting.store.assessments import Assessment
from alerting.store.intake import Opening, open_or_join
from alerting.store.timeline import What
from alerting.telemetry import CaseTelemetry
from events.envelope import Event
from events.interaction import Interaction


@dataclass(frozen=True, slots=True)
class _Judged:
    answer: Answer
    decision: Decision


class Handler:
    """Locks are taken in one order everywhere (answers, interactions, cases; each sorted), so members take turns."""

    def __init__(self, policy: Policy, opening: Opening, telemetry: CaseTelemetry) -> None:
        self._policy = policy
        self._opening = opening
        self._telemetry = telemetry

    async def __call__(self, tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
        reports = [event for event in events if isinstance(event.data, Interaction)]
        if reports:
            await contacts.report(tx, reports)
        now = await tx.scalar(text("SELECT now()"))
        judged = [found for event in events if (found := self._judge(event, now)) is not None]
        if judged:
            await self._take(tx, judged)

    def _judge(self, event: Event[Any], now: datetime) -> _Judged | None:
        answer = answer_of(event)
        said = rules.judge(event.data, self._policy)
        if answer is None or said is None:
            return None
        decision = only_fresh(
            said,
            occurred_at=answer.occurred_at,
            recorded_at=answer.recorded_at,
            now=now,
            limit=self._policy.fresh_for,
        )
        return _Judged(answer, decision)

    async def _take(self, tx: AsyncConnection, judged: Sequence[_Judged]) -> None:
        known: dict[assessments.Key, Known] = await assessments.lock(tx, [one.answer.key for one in judged])
        bad = [one.answer for one in judged if one.decision.opens]
        about = await contacts.lock(tx, [(a.tenant, a.interaction_id) for a in bad if a.interaction_id])
        settled: dict[assessments.Key, Assessment] = {}
        for one in judged:
            key = one.answer.key
            step = plan(known[key], one.answer.version, one.decision)
            if step is not Step.IGNORE:
                if known[key].case_id is not None:
                    await reports.answer_revised(tx, one.answer)
                settled[key] = await self._settle(tx, _with_customer(one, about), known[key], step)
                known[key] = Known(one.answer.version, settled[key].verdict, settled[key].case_id)
                self._telemetry.assessed(settled[key].reason)
        await assessments.save(tx, list(settled.values()))

    async def _settle(self, tx: AsyncConnection, one: _Judged, known: Known, step: Step) -> Assessment:
        decision, case_id = one.decision, known.case_id
        if step is Step.OPEN:
            taken = await open_or_join(tx, one.answer, decision.reason, self._opening)
            case_id = taken.case_id
            if taken.opened:
                self._telemetry.opened(decision.reason)
        elif step is Step.UPDATE and case_id is not None:
            decision = Decision(Verdict.OPEN, decision.reason)
            await timeline.add(tx, case_id, What.ANSWER_UPDATED)
        elif step is Step.CORRECT and case_id is not None:
            withdrawn = decision.reason is Reason.NOT_AN_ANSWER
            note = "the answer was withdrawn" if withdrawn else "the answer is no longer bad"
            await timeline.add(tx, case_id, What.ANSWER_CORRECTED, note=note)
        return Assessment(one.answer, decision.verdict, decision.reason, case_id)


def _with_customer(one: _Judged, about: Mapping[contacts.Key, Contact]) -> _Judged:
    """Where the answer does not say who gave it, the interaction may."""
    contact = about.get((one.answer.tenant, one.answer.interaction_id or ""))
    if one.answer.customer_id or contact is None:
        return one
    return replace(one, answer=replace(one.answer, customer_id=contact.customer_id))
