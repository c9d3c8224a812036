"""What a case is made of. ``Literal``s are closed sets: they are stored, shown, and labels of metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

State = Literal["open", "claimed", "contacted", "closed"]
STATES: tuple[State, ...] = get_args(State)

Play = Literal["recover", "reply", "thank", "call_back"]
"""What is to be done: win the customer back; answer in public; thank for praise; keep a promised call."""

Outcome = Literal["recovered", "not_recovered", "unreachable", "dismissed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

# The system first, the agent last: most bad contacts are made by how the work is arranged.
Cause = Literal[
    "training", "knowledge", "workflow", "information_system", "staffing", "ivr", "routing", "self_service",
    "product_policy", "agent",
]  # fmt: skip
CAUSES: tuple[Cause, ...] = get_args(Cause)

Result = Literal["no_answer", "busy", "voicemail", "wrong_number", "declined"]
"""What came of trying to reach a customer who was not reached."""
RESULTS: tuple[Result, ...] = get_args(Result)


UNSETTLED = timedelta(days=1)
"""So long after the contact, whoever has the case is reminded to close it; then once a day."""


@dataclass(frozen=True, slots=True)
class Case:
    """The part of a case that people move.

    Attributes:
        version: grows by one with every action that changes what others may do.
        episode: grows by one whenever the case is open anew: each time, the search for somebody begins at its start.
        leased_until: by when whoever claimed it must have shown a sign of work; then it is open again.
        callback_at: when the customer asked to be called.
        contact_due_at: by when the customer should have been reached.
        claim_due_at: by when somebody should have claimed it.
        contact_paused_until: the contact clock stands still until then; None while it runs.
    """

    state: State
    version: int
    opened_at: datetime
    contact_due_at: datetime
    claim_due_at: datetime
    episode: int = 1
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    leased_until: datetime | None = None
    callback_at: datetime | None = None
    contact_paused_until: datetime | None = None
    contacted_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    cause: Cause | None = None
    remedy: str | None = None
    dismissal: str | None = None
    reopened: int = 0
