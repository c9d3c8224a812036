"""What people do to a case. Each is one class; ``version`` is the one they saw: they act on that or not at all."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerting.core.case.state import Cause, Outcome, Result
from events.vocabulary import Channel, Instant

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class Action(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    by: Name = Field(description="Who does it.")
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] = Field(description="The version of the case as last read.")


class Claim(Action):
    """Take the case: one person is now responsible for it, for as long as the lease of a claim lasts."""


class Release(Action):
    """Give the case back: it is open again, and somebody else is looked for from the start."""

    note: Words | None = None


class HandOver(Action):
    """Pass the case to a colleague, who is told. They have it at once: a case is never between two people."""

    to: Name = Field(description="Who has it from now on.")
    note: Words | None = None


class Note(Action):
    """Write something down for whoever reads the case next. Changes nothing else, so any version may be given."""

    note: Words


class Attempt(Action):
    """An attempt to reach the customer that failed. It renews the lease of the claim."""

    result: Result
    channel: Channel = "phone"
    note: Words | None = None


class Appoint(Action):
    """The customer wants to be called then: until then the contact clock stands still, and then you are told."""

    at: Instant = Field(description="When to call. Must lie ahead, at most 30 days.")
    note: Words | None = None


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


class Reopen(Action):
    """It was not settled after all: the case is open again, its clocks start anew, and somebody is looked for."""

    reason: Words


ACTIONS: tuple[type[Action], ...] = (Claim, Release, HandOver, Note, Attempt, Appoint, Contact, Close, Reopen)
"""THE list of actions. API, desk and contract tests derive from it."""
