"""A contact: the facts as last reported, its answers, and what they add to which sums."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct, structs

from events.hours.business import Calendars
from events.interaction import Interaction
from events.survey import SurveyResponse
from scoring.core.attribution import Attribution
from scoring.core.contribution import Contribution
from scoring.core.facts.answer import Answer, answer_of
from scoring.core.facts.answer_sums import answer_sums
from scoring.core.facts.pseudonym import NOBODY
from scoring.core.facts.snapshot import Snapshot, snapshot_of
from scoring.core.measures import ANSWERS


class Contact(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """One contact as known: perhaps only by its answers so far, perhaps without any."""

    facts: Snapshot | None = None
    answers: dict[str, Answer] = {}

    def reported(self, tenant: str, interaction: Interaction, recorded_at: datetime, calendars: Calendars) -> "Contact":
        """With a newer snapshot; unchanged by one that is not newer."""
        if self.facts is not None and interaction.version <= self.facts.version:
            return self
        return structs.replace(self, facts=snapshot_of(tenant, interaction, recorded_at, calendars))

    def answered(self, tenant: str, response: SurveyResponse, recorded_at: datetime) -> "Contact":
        """With a newer version of an answer; unchanged by one that is not newer."""
        known = self.answers.get(response.response_id)
        if known is not None and response.version <= known.version:
            return self
        answer = answer_of(tenant, response, recorded_at)
        return structs.replace(self, answers={**self.answers, response.response_id: answer})

    def without(self, response_id: str) -> "Contact":
        """Without an answer that turned out to be about another contact."""
        left = {key: answer for key, answer in self.answers.items() if key != response_id}
        return structs.replace(self, answers=left)

    def unlinked(self, customer: str) -> "Contact":
        """Without knowing any more that it was this customer's, only that whose it was asked to be forgotten."""
        facts, answers = self.facts, self.answers
        if facts is not None and facts.customer == customer:
            facts = structs.replace(facts, customer=NOBODY)
        if any(answer.customer == customer for answer in answers.values()):
            answers = {
                key: structs.replace(answer, customer=NOBODY) if answer.customer == customer else answer
                for key, answer in answers.items()
            }
        return Contact(facts, answers)

    def recalled(self, calendars: Calendars) -> "Contact":
        """With business time as the calendars are now."""
        return self if self.facts is None else structs.replace(self, facts=self.facts.recalled(calendars))

    def moments(self) -> list[int]:
        """When it counts."""
        answered = [answer.at for answer in self.answers.values() if answer.value is not None]
        return [self.facts.at, *answered] if self.facts else answered

    def contributions(self) -> Iterator[Contribution]:
        """Everything this contact adds to the sums. An answer belongs to who handled the contact, where known."""
        facts = self.facts
        handled_by = facts.attribution if facts else Attribution()
        if facts:
            yield from facts.contributions()
        for answer in self.answers.values():
            if answer.value is not None:
                sums = answer_sums(answer.instrument, answer.scale, answer.value)
                yield Contribution(ANSWERS.name, answer.at, handled_by.filled_from(answer.attribution), sums)
