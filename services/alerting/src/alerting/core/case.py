"""A recovery case: open → claimed → contacted → closed with an outcome, a cause and a remedy."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

State = Literal["open", "claimed", "contacted", "closed"]
STATES: tuple[State, ...] = get_args(State)

Outcome = Literal["recovered", "not_recovered", "unreachable", "dismissed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

# The system first, the agent last: most bad contacts are made by how the work is arranged.
Cause = Literal[
    "training", "knowledge", "workflow", "information_system", "staffing", "ivr", "routing", "self_service",
    "product_policy", "agent",
]  # fmt: skip
CAUSES: tuple[Cause, ...] = get_args(Cause)

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class Action(BaseModel):
    """What a person does to a case. ``version`` is the one they saw; they act on that or not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    by: Name = Field(description="Who does it.")
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] = Field(description="The version of the case as last read.")


class Claim(Action):
    """Take the case: one person is now responsible for it."""


class Contact(Action):
    """The customer has been spoken or written to."""

    note: Words | None = None


class Close(Action):
    """Settle the case. Dismissing needs a reason; every other outcome needs the cause and what was done about it."""

    outcome: Outcome
    cause: Cause | None = None
    remedy: Words | None = Field(None, description="What was done, at most 500 characters.")
    reason: Words | None = Field(None, description="Why it is dismissed, at most 500 characters.")

    @model_validator(mode="after")
    def _complete(self) -> "Close":
        if self.outcome == "dismissed":
            if self.reason is None:
                raise ValueError("needs a reason where it is dismissed")
            if self.cause is not None or self.remedy is not None:
                raise ValueError("takes neither cause nor remedy where it is dismissed")
        elif self.cause is None or self.remedy is None:
            raise ValueError("needs the cause and the remedy, unless dismissed")
        elif self.reason is not None:
            raise ValueError("takes a reason only where it is dismissed")
        return self


@dataclass(frozen=True, slots=True)
class Case:
    """The part of a case that people move. ``version`` grows by one with every action."""

    state: State
    version: int
    opened_at: datetime
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    contacted_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    cause: Cause | None = None
    remedy: str | None = None
    dismissal: str | None = None


class Why(StrEnum):
    """Why an action was refused. ``message`` is what a person reads."""

    CHANGED = "changed"
    CLAIMED_ALREADY = "claimed_already"
    NOT_CLAIMED = "not_claimed"
    CONTACTED_ALREADY = "contacted_already"
    NOT_CONTACTED = "not_contacted"
    CLOSED = "closed"

    @property
    def message(self) -> str:
        return _MESSAGES[self]


_MESSAGES = {
    Why.CHANGED: "The case has changed since it was read.",
    Why.CLAIMED_ALREADY: "Somebody has claimed the case already.",
    Why.NOT_CLAIMED: "The case must be claimed first.",
    Why.CONTACTED_ALREADY: "The first contact with the customer is recorded already.",
    Why.NOT_CONTACTED: "Record the contact with the customer first, or close the case as unreachable.",
    Why.CLOSED: "The case is closed.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """The action was not done; ``case`` is as it stands."""

    why: Why
    case: Case


def transition(case: Case, action: Action, now: datetime) -> Case | Refusal:
    """The case after ``action``, or why not. Pure: equal arguments, equal answer."""
    why = _objection(case, action)
    if why is not None:
        return Refusal(why, case)
    moved = replace(case, version=case.version + 1)
    match action:
        case Claim():
            return replace(moved, state="claimed", claimed_by=action.by, claimed_at=now)
        case Contact():
            return replace(moved, state="contacted", contacted_at=now)
        case Close():
            return replace(
                moved,
                state="closed",
                closed_by=action.by,
                closed_at=now,
                outcome=action.outcome,
                cause=action.cause,
                remedy=action.remedy,
                dismissal=action.reason,
            )
    raise TypeError(f"no such action: {type(action).__name__}")


def _objection(case: Case, action: Action) -> Why | None:
    if case.state == "closed":
        return Why.CLOSED
    if isinstance(action, Claim) and case.state != "open":
        return Why.CLAIMED_ALREADY
    if action.version != case.version:
        return Why.CHANGED
    if isinstance(action, Contact) and case.state != "claimed":
        return Why.NOT_CLAIMED if case.state == "open" else Why.CONTACTED_ALREADY
    if isinstance(action, Close) and action.outcome not in closable_as(case.state):
        return Why.NOT_CLAIMED if case.state == "open" else Why.NOT_CONTACTED
    return None


def closable_as(state: State) -> tuple[Outcome, ...]:
    """A stray answer may be dismissed unclaimed; whoever says the customer was won back must have spoken to them."""
    allowed: dict[State, tuple[Outcome, ...]] = {
        "open": ("dismissed",),
        "claimed": ("unreachable", "dismissed"),
        "contacted": OUTCOMES,
        "closed": (),
    }
    return allowed[state]
