"""A recovery case: what it is made of, what people may do with it, and what becomes of it then."""

from alerting.core.case.actions import (
    ACTIONS,
    Action,
    Appoint,
    Attempt,
    Claim,
    Close,
    Contact,
    HandOver,
    Name,
    Note,
    Release,
    Reopen,
    Words,
)
from alerting.core.case.state import CAUSES, OUTCOMES, RESULTS, STATES, Case, Cause, Outcome, Play, Result, State
from alerting.core.case.transition import Refusal, Why, closable_as, transition

__all__ = [
    "ACTIONS",
    "CAUSES",
    "OUTCOMES",
    "RESULTS",
    "STATES",
    "Action",
    "Appoint",
    "Attempt",
    "Case",
    "Cause",
    "Claim",
    "Close",
    "Contact",
    "HandOver",
    "Name",
    "Note",
    "Outcome",
    "Play",
    "Refusal",
    "Release",
    "Reopen",
    "Result",
    "State",
    "Why",
    "Words",
    "closable_as",
    "transition",
]
