"""Which step of an escalation policy comes when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.core.escalation import plan
from alerting.core.escalation.file import EscalationSection
from alerting.core.escalation.policy import Policy, Position, Route, Search, Step, Target

ROOM = Target("channel", "room")
MARIA = Target("person", "maria")
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 3, 2, 23, tzinfo=UTC)


def policy(**changes: object) -> Policy:
    steps = (Step(timedelta(0), (ROOM,)), Step(10 * MINUTE, (MARIA,)))
    return Policy(
        **{"name": "p", "steps": steps, "rounds": 2, "pause": 15 * MINUTE, "last_resort": (MARIA,), **changes}
    )  # type: ignore[arg-type]


def course(of: Policy) -> list[tuple[timedelta, Position]]:
    """Every position with the time from the opening, if nobody ever claims."""
    found, position, at = [], Position(), timedelta(0)
    while position is not None:
        at += plan.delay(of, position)
        found.append((at, position))
        position = plan.after(of, position)
    return found


def test_the_steps_are_gone_through_in_rounds_then_the_last_resort_is_told_and_told_again_every_day() -> None:
    told = course(policy())
    assert told[:5] == [
        (timedelta(0), Position(0, 0)),
        (10 * MINUTE, Position(0, 1)),
        (25 * MINUTE, Position(1, 0)),
        (35 * MINUTE, Position(1, 1)),
        (50 * MINUTE, Position(2, 0)),
    ]
    assert [at for at, _ in told[5:7]] == [50 * MINUTE + plan.AGAIN, 50 * MINUTE + 2 * plan.AGAIN]
    assert len(told) == 5 + plan.MOST_AGAIN


def test_without_a_last_resort_the_rounds_are_the_end() -> None:
    assert len(course(policy(last_resort=()))) == 4


def test_the_last_resort_is_told_whatever_the_hour() -> None:
    step = plan.step_at(policy(), Position(2, 0))
    assert (step.tell, step.urgent) == ((MARIA,), True)


def test_a_policy_that_has_become_shorter_tells_the_last_resort_instead_of_a_step_it_no_longer_has() -> None:
    assert plan.step_at(policy(), Position(0, 7)).tell == (MARIA,)


def search_of(of: Policy, asleep: Sequence[datetime | None]) -> list[tuple[timedelta, Search]]:
    """Every search with the time from NOW, if nobody ever claims; ``asleep``: when those of each page wake up."""
    found, search, at = [], Search(), NOW
    for wakes in asleep:
        found.append((at - NOW, search))
        following = plan.following(of, search, at, wakes)
        if following is None:
            break
        search, at = following
    return found


@given(steps=st.integers(1, 5), rounds=st.integers(1, 4), resort=st.booleans())
def test_every_page_of_an_episode_has_a_number_of_its_own_and_escalation_ends(
    steps: int, rounds: int, resort: bool
) -> None:
    of = policy(
        steps=tuple(Step(MINUTE, (ROOM,)) for _ in range(steps)), rounds=rounds, last_resort=(ROOM,) if resort else ()
    )
    told = course(of)
    found = search_of(of, [None] * (len(told) + 5))
    assert [search.page for _, search in found] == list(range(1, len(told) + 1))
    assert [search.position for _, search in found] == [position for _, position in told]
    assert [at + MINUTE for at, _ in found] == [at for at, _ in told]
    assert all(later > earlier for (earlier, _), (later, _) in pairwise(told))


def test_while_those_of_a_step_sleep_the_next_step_is_not_kept_waiting() -> None:
    morning = NOW + timedelta(hours=7)
    assert [at for at, _ in search_of(policy(), [None, morning, None])] == [timedelta(0), 10 * MINUTE, 25 * MINUTE]
    assert [at for at, _ in search_of(policy(), [morning, None])] == [timedelta(0), timedelta(0)]


def test_after_a_round_in_which_everybody_slept_the_pause_begins_when_the_first_is_up() -> None:
    six, seven = NOW + timedelta(hours=6), NOW + timedelta(hours=7)
    begins = timedelta(hours=6) + 15 * MINUTE
    assert [at for at, _ in search_of(policy(), [seven, six, None])] == [timedelta(0), timedelta(0), begins]


def test_a_search_is_kept_whole() -> None:
    search = Search(Position(1, 2), 7, awake=True, wakes=NOW)
    assert Search.from_json(search.to_json()) == search
    assert Search.from_json({"round": 0, "number": 1}) == Search(Position(0, 1))


def test_the_first_route_a_case_fits_names_its_policy() -> None:
    routes = (
        Route("vip", tiers=frozenset({"gold"})),
        Route("public", plays=frozenset({"reply", "thank"})),
        Route("billing", teams=frozenset({"billing"}), channels=frozenset({"phone"})),
        Route("rest"),
    )

    def chosen(
        play: str = "recover", team: str | None = None, channel: str | None = None, tier: str | None = None
    ) -> str | None:
        return plan.route(routes, play=play, reason="low_score", team=team, channel=channel, tier=tier)  # type: ignore[arg-type]

    assert chosen(tier="gold", team="billing") == "vip"
    assert chosen(play="reply") == "public"
    assert chosen(team="billing", channel="phone") == "billing"
    assert chosen(team="billing", channel="chat") == "rest"
    assert plan.route((), play="recover", reason="low_score", team=None, channel=None, tier=None) is None


def test_the_section_reads_as_people_write_it() -> None:
    section = EscalationSection.model_validate(
        {
            "policies": {
                "default": {
                    "steps": [
                        {"tell": {"on_call": "recovery", "layer": 1}},
                        {
                            "after": "10m",
                            "tell": [{"person": "maria", "by": ["sms"]}, {"channel": "room"}],
                            "urgent": True,
                        },
                    ],
                    "rounds": 1,
                    "pause": "1h",
                    "fallback": {"channel": "room"},
                }
            },
            "routes": [{"policy": "default", "plays": ["recover"]}],
        }
    )
    policies, routes = section.value()
    assert policies["default"] == Policy(
        "default",
        (
            Step(timedelta(0), (Target("on_call", "recovery", 1),)),
            Step(10 * MINUTE, (Target("person", "maria", by=("sms",)), ROOM), urgent=True),
        ),
        rounds=1,
        pause=timedelta(hours=1),
        fallback=(ROOM,),
    )
    assert routes == (Route("default", plays=frozenset({"recover"})),)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": []}, "at least 1"),
        ({"steps": [{"tell": []}]}, "at least 1"),
        ({"steps": [{"tell": {"person": "a", "channel": "b"}}]}, "must name one of"),
        ({"steps": [{"tell": {"person": "a", "layer": 1}}]}, "only beside on_call"),
        ({"steps": [{"tell": {"channel": "a", "by": ["sms"]}}]}, "only for people"),
        ({"steps": [{"tell": {"person": "a"}, "after": "soon"}]}, "length of time"),
        ({"steps": [{"tell": {"person": "a"}, "after": "30d"}]}, "less than or equal"),
        ({"steps": [{"tell": {"person": "a"}}], "rounds": 0}, "greater than or equal"),
        ({"steps": [{"tell": {"person": "a"}}], "round": 2}, "Extra inputs"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        EscalationSection.model_validate({"policies": {"default": wrong}})
