"""A team's CSAT lately lies below what it was before, by more than chance explains.

Two shares of satisfied answers are compared by the interval of their difference after Newcombe (Statistics in Medicine
17, 1998, 873-890, method 10): with p and Wilson's interval (l, u) of each, the upper end of ``recent - before`` is

    (p1 - p2) + sqrt((u1 - p1)^2 + (p2 - l2)^2)

The share fell where that lies below 0.

Every team is looked at many times a day, so the confidence is 99 % unless told otherwise. Below 30 answers on either
side nothing is said.
"""

import math
from typing import Annotated

from pydantic import Field

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, Rule, RuleSettings, TeamCsat
from events.vocabulary import Label
from events.wilson import wilson

BEFORE_DAYS = 28
FEWEST = 30


class Settings(RuleSettings):
    """Attributes:
    hours: how long "lately" is; it is compared with the 28 days before.
    answers: as many are needed on either side.
    confidence: of the interval.
    owner: the person of the on-call file who is told.
    """

    hours: Annotated[int, Field(ge=1, le=7 * 24)] = 24
    answers: Annotated[int, Field(ge=FEWEST, le=100_000)] = FEWEST
    confidence: Annotated[float, Field(ge=0.8, le=0.9999)] = 0.99
    owner: Label | None = None


def highest_change(csat: TeamCsat, confidence: float) -> float:
    """The upper end of the interval of the change, as a difference of ratios; both sides have answers."""
    now, before = csat.satisfied / csat.answers, csat.satisfied_before / csat.answers_before
    _, now_high = wilson(csat.satisfied, csat.answers, confidence)
    before_low, _ = wilson(csat.satisfied_before, csat.answers_before, confidence)
    return now - before + math.hypot(now_high - now, before - before_low)


def title(team: str, csat: TeamCsat, settings: Settings) -> str:
    """One line for whoever looks into it."""
    now, before = csat.satisfied / csat.answers, csat.satisfied_before / csat.answers_before
    lately = f"{now:.0%} of {csat.answers} answers in the last {settings.hours} hours"
    return f"CSAT of {team} fell: {lately}, {before:.0%} of {csat.answers_before} before"


def _judge(found: Circumstances, settings: Settings) -> Decision | None:
    csat = found.csat
    if csat is None or min(csat.answers, csat.answers_before) < settings.answers:
        return None
    if highest_change(csat, settings.confidence) >= 0:
        return None
    return Decision(Verdict.OPEN, Reason.TEAM_CSAT_DROP)


RULE = Rule("team_csat_drop", frozenset({"team"}), Settings, _judge)
