"""How a clock of a case stands at an instant, and whether it is likely to be breached."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from alerting.core.clocks.clock import Clock

Name = Literal["claim", "contact"]
NAMES: tuple[Name, ...] = get_args(Name)

Stand = Literal["running", "paused", "met", "breached"]

FEWEST_CONTACTS = 5
"""From fewer, nothing is predicted: one long call would say how the day goes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Attributes:
    stand: ``breached`` where it was done too late, or is not done and overdue; ``paused`` where time does not count
        now: the team is not there, the customer has quiet hours, or an appointment is waited for.
    seconds_left: of the time that counts; below 0 where overdue. At the moment it was done, where it was.
    wall_seconds_left: the same by the clock on the wall.
    share_used: of the target; above 1 where overdue.
    runs_again_at: when the pause ends; None where it is not paused, or no end is in sight.
    breach_predicted: None where nothing can be said, or nothing is left to predict.
    """

    stand: Stand
    due_at: datetime
    seconds_left: float
    wall_seconds_left: float
    share_used: float
    runs_again_at: datetime | None = None
    breach_predicted: bool | None = None


def standing(
    clock: Clock,
    due_at: datetime,
    now: datetime,
    *,
    done_at: datetime | None = None,
    paused_until: datetime | None = None,
    work_ahead: float | None = None,
) -> Standing:
    """How the clock stands.

    Args:
        done_at: when the case was claimed, or the customer contacted.
        paused_until: the clock stands still until then whatever the hours.
        work_ahead: seconds of work before it will be done, as ``Pace`` expects; None where unknown.
    """
    moment = done_at or now
    stands_at = max(moment, paused_until or moment) if moment < due_at else moment
    seconds_left = clock.left(stands_at, due_at).total_seconds()
    runs_at = (clock.next_run(stands_at) or stands_at) if moment < due_at else moment
    stand = _stand(due_at, moment, done=done_at is not None, paused=runs_at > moment)
    return Standing(
        stand,
        due_at,
        seconds_left,
        (due_at - moment).total_seconds(),
        1 - seconds_left / clock.target.total_seconds(),
        runs_at if stand == "paused" else None,
        work_ahead > seconds_left if work_ahead is not None and stand in ("running", "paused") else None,
    )


def _stand(due_at: datetime, moment: datetime, *, done: bool, paused: bool) -> Stand:
    if done:
        return "met" if moment <= due_at else "breached"
    if moment >= due_at:
        return "breached"
    return "paused" if paused else "running"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a team works through its queue.

    The forecast: people take the cases in the order in which their contacts are due, each one case at a time, and each
    case takes the median time from claim to contact. So the case at ``position`` (from 1) is claimed when those before
    it are shared out among the people, and contacted when it is itself. It knows nothing of who is better at it,
    of pauses, or of what comes in next; it errs on the side of crying early where cases are worked at the same time.

    Attributes:
        median_seconds: from claim to contact, of the last ``contacts`` cases; None without any.
        contacts: how many that rests on.
        people: who did something with a case in the last hour.
    """

    median_seconds: float | None = None
    contacts: int = 0
    people: int = 0

    @property
    def seconds_per_case(self) -> float | None:
        """None where it is not known: too few contacts, or nobody is at work."""
        if self.median_seconds is None or self.contacts < FEWEST_CONTACTS or self.people < 1:
            return None
        return self.median_seconds / self.people

    def until_claim(self, position: int) -> float | None:
        """Seconds of work until the case at that position is claimed."""
        each = self.seconds_per_case
        return None if each is None else (position - 1) * each

    def until_contact(self, position: int) -> float | None:
        """Seconds of work until the customer of the case at that position is contacted."""
        each = self.seconds_per_case
        return None if each is None else position * each
