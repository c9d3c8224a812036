"""Which step of a policy comes when. Pure: what is due is decided by the position alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerting.core.case import Play
from alerting.core.escalation.policy import Policy, Position, Route, Search, Step

AGAIN = timedelta(days=1)
"""After the last resort was told, it is told again once a day: a case is not forgotten because nobody answered."""

MOST_AGAIN = 14
"""After so many days the auditor counts the case as forgotten, and its alarm goes."""


def delay(policy: Policy, position: Position) -> timedelta:
    """How long after the step before it the one at ``position`` is due; after the opening for the very first."""
    beyond = position.round - policy.rounds
    if beyond >= 0:
        return policy.pause if beyond == 0 else AGAIN
    after = policy.steps[position.number].after
    return after + policy.pause if position.number == 0 and position.round > 0 else after


def after(policy: Policy, position: Position) -> Position | None:
    """The position that follows; None where there is nobody left to tell."""
    if position.round >= policy.rounds:
        last = position.round - policy.rounds
        return Position(position.round + 1) if last < MOST_AGAIN and policy.last_resort else None
    if position.number + 1 < len(policy.steps):
        return Position(position.round, position.number + 1)
    following = Position(position.round + 1)
    return following if following.round < policy.rounds or policy.last_resort else None


def step_at(policy: Policy, position: Position) -> Step:
    """What is told at ``position``; beyond the last round, the last resort, whatever the hour."""
    if position.round >= policy.rounds or position.number >= len(policy.steps):
        return Step(timedelta(0), policy.last_resort, urgent=True)
    return policy.steps[position.number]


def following(policy: Policy, search: Search, now: datetime, wakes: datetime | None) -> tuple[Search, datetime] | None:
    """What comes after the step of ``search``, told ``now``, and when; None where there is nobody left to tell.

    Args:
        wakes: when the first of those it told is out of their quiet hours; None where somebody was told at once. Then
            the step behind it is not kept waiting; and after a round in which everybody slept, its pause
            begins when the first of them is up.
    """
    position = after(policy, search.position)
    if position is None:
        return None
    awake = search.awake or wakes is None
    up = min((moment for moment in (search.wakes, wakes) if moment is not None), default=None)
    if position.round == search.position.round:
        due_at = now + delay(policy, position) if wakes is None else now
        return Search(position, search.page + 1, awake, up), due_at
    due_at = (up if up is not None and not awake else now) + delay(policy, position)
    return Search(position, search.page + 1), due_at


def route(
    routes: Iterable[Route], *, play: Play, reason: str, team: str | None, channel: str | None, tier: str | None
) -> str | None:
    """The policy of the first route that fits; None where none does."""
    for each in routes:
        wanted = (
            (each.plays, play), (each.reasons, reason), (each.teams, team), (each.channels, channel),
            (each.tiers, tier),
        )  # fmt: skip
        if all(not allowed or value in allowed for allowed, value in wanted):
            return each.policy
    return None
