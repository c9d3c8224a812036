"""THE list of rules. A rule reads one payload and the policy, and says why it decides as it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alerting.core.rules import low_score, negative_mention
from alerting.core.rules.decision import Decision
from alerting.core.rules.policy import Policy
from events.envelope import Payload
from events.mention import Mention
from events.survey import SurveyResponse


@dataclass(frozen=True, slots=True)
class Rule:
    payload: type[Payload]
    judge: Callable[[Any, Policy], Decision]


RULES: tuple[Rule, ...] = (
    Rule(SurveyResponse, low_score.judge),
    Rule(Mention, negative_mention.judge),
)


def judge(payload: Payload, policy: Policy) -> Decision | None:
    """The first rule that asks for a case, else what the first rule said; None where no rule reads such a payload."""
    said = [rule.judge(payload, policy) for rule in RULES if isinstance(payload, rule.payload)]
    return next((decision for decision in said if decision.opens), said[0] if said else None)
