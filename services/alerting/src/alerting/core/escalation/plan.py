"""Which step of a policy comes when. Pure: what is due is decided by the position alone."""

from collections.abc import Iterable
from datetime import timedelta

from alerting.core.case import Play
from alerting.core.escalation.policy import Policy, Position, Route, Step

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


def pages_before(policy: Policy, position: Position) -> int:
    """How many steps of the episode come before ``position``."""
    done = min(position.round, policy.rounds) * len(policy.steps) + max(0, position.round - policy.rounds)
    return done + position.number


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
