"""Judges answers and mentions, and does what follows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.freshness import Freshness
from alerting.core.intake import Known, Step, plan, plan_again
from alerting.core.rerating import Worked, joined, percent, rerated
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.judging import around, judge, needs_scores
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances, Score
from alerting.opening import Opening
from alerting.store import assessments, contacts, history, reports, timeline
from alerting.store.assessments import Assessment
from alerting.store.timeline import What
from alerting.telemetry import CaseTelemetry


@dataclass(frozen=True, slots=True)
class _Judged:
    answer: Answer
    decision: Decision
    fresh: bool


class Answers:
    def __init__(self, policy: Policy, opening: Opening, telemetry: CaseTelemetry) -> None:
        self._policy = policy
        self._opening = opening
        self._telemetry = telemetry
        self._looks_back = any(rule.sees_scores for rule in policy.anywhere("survey"))

    async def take(self, tx: AsyncConnection, answers: Sequence[Answer], fresh: Freshness) -> None:
        """Judge new reports of answers, in their order."""
        told, known = await _lock(tx, answers)
        judged = await self._judge(tx, told, known, fresh)
        news = [one.answer for one in judged if one.fresh and one.answer.kind == "survey"]
        cases = await history.cases(tx, news)
        settled: dict[assessments.Key, Assessment] = {}
        for one in judged:
            key = one.answer.key
            step = plan(known[key], one.answer.version, one.decision)
            if step is not Step.IGNORE:
                settled[key] = await self._settle(tx, one, known[key], step, cases)
                known[key] = _known(settled[key])
                self._telemetry.assessed(settled[key].reason)
        await assessments.save(tx, list(settled.values()))
        if self._looks_back:
            await self._judge_later_ones(tx, [one.answer for one in settled.values()], fresh)

    async def _judge_later_ones(self, tx: AsyncConnection, answers: Sequence[Answer], fresh: Freshness) -> None:
        """An answer may weigh more once it is known what the customer had said before."""
        there = {answer.key for answer in answers}
        dated = [answer for answer in answers if answer.kind == "survey" and answer.customer_id]
        later = [each for each in await history.later_answers(tx, dated) if each.key not in there]
        if later:
            await self.take_again(tx, later, fresh)

    async def take_again(self, tx: AsyncConnection, answers: Sequence[Answer], fresh: Freshness) -> None:
        """Judge answers once more as they stand, since more is known around them."""
        told, known = await _lock(tx, answers)
        standing = [(answer, contact) for answer, contact in told if known[answer.key].version == answer.version]
        settled = []
        for one in await self._judge(tx, standing, known, fresh):
            step = plan_again(known[one.answer.key], one.decision)
            if step is not Step.IGNORE:
                settled.append(await self._settle(tx, one, known[one.answer.key], step, []))
        await assessments.save(tx, settled)

    async def _judge(
        self, tx: AsyncConnection, told: "Sequence[_Told]", known: Mapping[assessments.Key, Known], fresh: Freshness
    ) -> list[_Judged]:
        found = [
            Circumstances(reads=answer.kind, where=around(answer, each.contact if each else None), answer=answer)
            for answer, each in told
        ]
        found = await self._with_scores(tx, found, known)
        return [self._decided(each, answer, fresh) for each, (answer, _) in zip(found, told, strict=True)]

    async def _with_scores(
        self, tx: AsyncConnection, found: Sequence[Circumstances], known: Mapping[assessments.Key, Known]
    ) -> list[Circumstances]:
        wanting = {
            number: each.answer for number, each in enumerate(found) if each.answer and needs_scores(each, self._policy)
        }
        kept = await history.scores(tx, list(wanting.values()))
        beside = _newest(each.answer for each in found) if wanting else {}
        with_scores = list(found)
        for (number, answer), before in zip(wanting.items(), kept, strict=True):
            scores = _before(answer, before, beside[_asked(answer)], known)
            with_scores[number] = replace(found[number], scores=scores)
        return with_scores

    def _decided(self, found: Circumstances, answer: Answer, fresh: Freshness) -> _Judged:
        when = {"occurred_at": answer.occurred_at, "recorded_at": answer.recorded_at}
        decision = fresh.only_fresh(judge(found, self._policy), **when)
        return _Judged(answer, decision, fresh.stale(**when) is None)

    async def _settle(
        self, tx: AsyncConnection, one: _Judged, known: Known, step: Step, cases: list[Worked]
    ) -> Assessment:
        answer, decision, case_id = one.answer, one.decision, known.case_id
        if case_id is not None:
            await reports.answer_revised(tx, answer)
        if step is Step.OPEN:
            case_id = await self._open(tx, answer, decision, cases)
        elif step is Step.UPDATE and case_id is not None:
            another = decision.opens and decision.reason is not known.reason
            await timeline.add(tx, case_id, What.ANSWER_UPDATED, note=_words(decision.reason) if another else None)
            decision = Decision(Verdict.OPEN, decision.reason)
        elif step is Step.CORRECT and case_id is not None:
            withdrawn = decision.reason is Reason.NOT_AN_ANSWER
            note = "the answer was withdrawn" if withdrawn else "the answer is no longer bad"
            await timeline.add(tx, case_id, What.ANSWER_CORRECTED, note=note)
        if one.fresh:
            case_id = await _as_evidence(tx, answer, case_id, cases)
        return Assessment(answer, decision.verdict, decision.reason, case_id)

    async def _open(self, tx: AsyncConnection, answer: Answer, decision: Decision, cases: list[Worked]) -> UUID:
        taken = await self._opening.open_or_join(tx, answer, decision)
        if taken.opened:
            self._telemetry.opened(decision.reason)
            case = Worked(taken.case_id, answer.tenant, answer.customer_id, answer.interaction_id, False, None)
            cases.append(case)  # what comes next in this batch may belong to it
        return taken.case_id


_Told = tuple[Answer, contacts.Stored | None]


async def _lock(tx: AsyncConnection, answers: Sequence[Answer]) -> tuple[list[_Told], dict[assessments.Key, Known]]:
    """The answers with their contacts, and what is known of them. Where an answer does not say whose it is, the
    contact may; one that is of somebody who was forgotten is left out."""
    about = await contacts.lock(tx, [answer.contact_key for answer in answers if answer.contact_key])
    found = [(answer, about.get(answer.contact_key or ("", ""))) for answer in answers]
    told = [(answer, each) for answer, each in found if answer.customer_id or each is None or not each.erased]
    known = await assessments.lock(tx, [answer.key for answer, _ in told]) if told else {}
    return [(_with_customer(answer, each), each) for answer, each in told], known


def _with_customer(answer: Answer, each: contacts.Stored | None) -> Answer:
    if answer.customer_id or each is None:
        return answer
    return replace(answer, customer_id=each.contact.customer_id)


async def _as_evidence(
    tx: AsyncConnection, answer: Answer, case_id: UUID | None, cases: Sequence[Worked]
) -> UUID | None:
    """The case the answer is evidence of, where it says how a case was handled, or adds words to one."""
    score, handled = percent(answer), rerated(answer, cases)
    if handled is not None and score is not None and await history.rerate(tx, handled, score, answer.occurred_at):
        await timeline.add(tx, handled, What.RERATED, note=f"{score:.0f} of 100")
        return case_id or handled
    added = joined(answer, cases) if case_id is None else None
    if added is not None and await history.hold(tx, added):
        await timeline.add(tx, added, What.ANSWER_ADDED)
        return added
    return case_id


def _words(reason: Reason) -> str:
    return reason.replace("_", " ")


def _known(one: Assessment) -> Known:
    return Known(one.answer.version, one.verdict, one.case_id, one.reason)


def _asked(answer: Answer) -> tuple[str, str | None, str | None]:
    return (answer.tenant, answer.customer_id, answer.instrument)


def _newest(answers: Any) -> dict[tuple[str, str | None, str | None], dict[str, Answer]]:
    """Of survey answers in one batch, the newest version of each: by customer and question, then by answer."""
    found: dict[tuple[str, str | None, str | None], dict[str, Answer]] = defaultdict(dict)
    for answer in answers:
        if answer.kind == "survey":
            same = found[_asked(answer)]
            if answer.id not in same or same[answer.id].version < answer.version:
                same[answer.id] = answer
    return found


def _before(
    answer: Answer, kept: Sequence[Score], beside: Mapping[str, Answer], known: Mapping[assessments.Key, Known]
) -> tuple[Score, ...]:
    """The customer's earlier scores, newest first: those kept, and those that are in the same batch."""
    scores = {score.answer_id: score for score in kept}
    for other in beside.values():
        if other.id != answer.id and other.version > known[other.key].version:
            scores.pop(other.id, None)
            if other.score is not None and other.scale is not None and other.occurred_at < answer.occurred_at:
                scores[other.id] = Score(other.id, other.occurred_at, other.scale, other.score)
    return tuple(sorted(scores.values(), key=lambda each: (each.occurred_at, each.answer_id), reverse=True))
