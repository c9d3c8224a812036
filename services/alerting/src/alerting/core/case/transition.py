"""What becomes of a case by an action, or why not. Pure: equal arguments, equal answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alerting.core.case.actions import Action, Appoint, Attempt, Claim, Close, Contact, HandOver, Note, Release, Reopen
from alerting.core.case.state import OUTCOMES, Case, Outcome, State

FARTHEST_APPOINTMENT = timedelta(days=30)


class Why(StrEnum):
    """Why an action was refused. ``message`` is what a person reads."""

    CHANGED = "changed"
    CLAIMED_ALREADY = "claimed_already"
    NOT_CLAIMED = "not_claimed"
    CONTACTED_ALREADY = "contacted_already"
    NOT_CONTACTED = "not_contacted"
    CLOSED = "closed"
    NOT_CLOSED = "not_closed"
    SAME_PERSON = "same_person"
    NOT_AHEAD = "not_ahead"
    ANOTHER_IS_OPEN = "another_is_open"
    FORGOTTEN = "forgotten"

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
    Why.NOT_CLOSED: "The case is not closed.",
    Why.SAME_PERSON: "They have the case already.",
    Why.NOT_AHEAD: "An appointment must lie ahead, at most 30 days.",
    Why.ANOTHER_IS_OPEN: "Another case about the same contact is open: go on with that one.",
    Why.FORGOTTEN: "The customer asked to be forgotten: nobody is left to be won back.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """The action was not done; ``case`` is as it stands."""

    why: Why
    case: Case


@dataclass(frozen=True, slots=True)
class Terms:
    """What a transition needs to know of the rules of the house.

    Attributes:
        lease: how long a claim holds without a sign of work.
        resumed: the contact clock's due time after a pause from now until that moment.
        contact_due, claim_due: the due time of a clock that starts anew now.
    """

    lease: timedelta
    resumed: Callable[[datetime, datetime, datetime], datetime]
    contact_due: Callable[[datetime], datetime]
    claim_due: Callable[[datetime], datetime]


def transition(case: Case, action: Action, now: datetime, terms: Terms) -> Case | Refusal:
    """The case after ``action``, or why not."""
    why = _objection(case, action, now)
    if why is not None:
        return Refusal(why, case)
    if isinstance(action, Note):
        return case
    return replace(case, version=case.version + 1, **_MOVES[type(action)](case, action, now, terms))


def _lease(case: Case, now: datetime, terms: Terms) -> datetime:
    """Whoever has agreed on a time with the customer has the case until then."""
    return max(now, case.callback_at or now) + terms.lease


def _claim(case: Case, action: Claim, now: datetime, terms: Terms) -> dict[str, Any]:
    leased_until = _lease(case, now, terms)
    return {"state": "claimed", "claimed_by": action.by, "claimed_at": now, "leased_until": leased_until}


def _release(case: Case, _: Release, now: datetime, terms: Terms) -> dict[str, Any]:
    return opened_again(case, now, terms)


def opened_again(case: Case, now: datetime, terms: Terms) -> dict[str, Any]:
    """What changes where nobody has a case any more. The customer waits on; an appointment with them stays."""
    return {
        "state": "open", "episode": case.episode + 1, "claimed_by": None, "claimed_at": None, "leased_until": None,
        "claim_due_at": terms.claim_due(now),
    }  # fmt: skip


def _hand_over(case: Case, action: HandOver, now: datetime, terms: Terms) -> dict[str, Any]:
    return {"claimed_by": action.to, "leased_until": _lease(case, now, terms) if case.state == "claimed" else None}


def _attempt(case: Case, _: Attempt, now: datetime, terms: Terms) -> dict[str, Any]:
    return {"leased_until": _lease(case, now, terms)}


def _appoint(case: Case, action: Appoint, now: datetime, terms: Terms) -> dict[str, Any]:
    if case.state == "contacted":
        return {"callback_at": action.at}
    return {
        "callback_at": action.at,
        "contact_paused_until": action.at,
        "contact_due_at": terms.resumed(case.contact_due_at, max(now, case.contact_paused_until or now), action.at),
        "leased_until": action.at + terms.lease,
    }


def _contact(_: Case, __: Contact, now: datetime, ___: Terms) -> dict[str, Any]:
    return {
        "state": "contacted", "contacted_at": now, "leased_until": None, "callback_at": None,
        "contact_paused_until": None,
    }  # fmt: skip


def _close(_: Case, action: Close, now: datetime, __: Terms) -> dict[str, Any]:
    return {
        "state": "closed", "closed_by": action.by, "closed_at": now, "outcome": action.outcome, "cause": action.cause,
        "remedy": action.remedy, "dismissal": action.reason, "leased_until": None, "callback_at": None,
        "contact_paused_until": None,
    }  # fmt: skip


def _reopen(case: Case, _: Reopen, now: datetime, terms: Terms) -> dict[str, Any]:
    return opened_again(case, now, terms) | {
        "contacted_at": None, "closed_by": None, "closed_at": None, "outcome": None, "cause": None, "remedy": None,
        "dismissal": None, "reopened": case.reopened + 1, "contact_due_at": terms.contact_due(now),
    }  # fmt: skip


_MOVES: dict[type[Action], Callable[..., dict[str, Any]]] = {
    Claim: _claim,
    Release: _release,
    HandOver: _hand_over,
    Attempt: _attempt,
    Appoint: _appoint,
    Contact: _contact,
    Close: _close,
    Reopen: _reopen,
}


def _objection(case: Case, action: Action, now: datetime) -> Why | None:
    if isinstance(action, Note):
        return None
    if isinstance(action, Reopen):
        return Why.NOT_CLOSED if case.state != "closed" else _unless_seen(case, action)
    if case.state == "closed":
        return Why.CLOSED
    if isinstance(action, Claim) and case.state != "open":
        return Why.CLAIMED_ALREADY
    return _unless_seen(case, action) or _too_early(case, action, now)


def _unless_seen(case: Case, action: Action) -> Why | None:
    return None if action.version == case.version else Why.CHANGED


def _too_early(case: Case, action: Action, now: datetime) -> Why | None:
    if isinstance(action, Close):
        missing = Why.NOT_CLAIMED if case.state == "open" else Why.NOT_CONTACTED
        return None if action.outcome in closable_as(case.state) else missing
    if isinstance(action, Claim):
        return None
    if case.state == "open":
        return Why.NOT_CLAIMED
    if isinstance(action, HandOver):
        return Why.SAME_PERSON if action.to == case.claimed_by else None
    if isinstance(action, Appoint):
        return None if now < action.at <= now + FARTHEST_APPOINTMENT else Why.NOT_AHEAD
    return Why.CONTACTED_ALREADY if case.state == "contacted" else None


def closable_as(state: State) -> tuple[Outcome, ...]:
    """A stray answer may be dismissed unclaimed; whoever says the customer was won back must have spoken to them."""
    allowed: dict[State, tuple[Outcome, ...]] = {
        "open": ("dismissed",),
        "claimed": ("unreachable", "dismissed"),
        "contacted": OUTCOMES,
        "closed": (),
    }
    return allowed[state]
