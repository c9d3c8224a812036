"""One survey after a contact: that it was sent, what was answered, and what must not confuse anybody about it.

A customer answers one to three questions at once. Whoever is unhappy says so in the first answer already, or turns
unhappy later in that one alone: so it is always clear which answer is the first bad one about a contact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from amends.simulation import centre
from amends.simulation.centre import Line
from amends.simulation.said import Planned
from amends.simulation.setting import SURVEYS, Setting
from events.scales import Instrument, RawValue, ScaleId
from events.survey import SurveyResponse
from events.survey_sent import SurveySent

OLD = 0.01
FLIPS = 0.06
TWICE = 0.04
OUT_OF_ORDER = 0.02
STATES_A_PREFERENCE = 0.3
SAYS_ONE_IN_WORDS = 0.12
ASKED_TOO: tuple[tuple[Instrument, float], ...] = (("resolved", 0.35), ("ces", 0.3), ("nps", 0.15))
"""Questions beside the first, and the share of surveys that have them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The contact a survey is about. ``unhappy``: the chance that the customer is."""

    id: str
    line: Line
    customer: str | None
    team: str
    agent: str
    unhappy: float


def survey(setting: Setting, asked: Asked, at: float) -> Iterator[Planned]:
    """The survey goes out at ``at``, and may be answered. In no particular order."""
    rng, line = setting.rng, asked.line
    sent = SurveySent(
        survey_id=f"survey-{asked.id}",
        interaction_id=asked.id,
        customer_id=asked.customer,
        channel=line.channel,
        team=asked.team,
        agent=asked.agent,
        sent_at=setting.moment(at - rng.uniform(0.01, 0.2)),
    )
    posted = setting.post(sent, SURVEYS, at, sent.sent_at)
    yield posted
    if rng.random() < TWICE:
        yield Planned(at + rng.uniform(0.2, 3), posted.said)
    if rng.random() < line.answers:
        yield from _answers(setting, asked, at + rng.uniform(0.2, 2))


def _answers(setting: Setting, asked: Asked, at: float) -> Iterator[Planned]:
    rng = setting.rng
    old = rng.random() < OLD
    age = rng.uniform(65, 600) * 60 if old else rng.uniform(0.05, 0.15)
    facts: dict[str, Any] = {
        "survey_id": f"survey-{asked.id}",
        "interaction_id": asked.id,
        "customer_id": asked.customer,
        "submitted_at": setting.moment(at - age),
        "language": rng.choice(("en", "en", "de", "bn")),
    }
    bad = rng.random() < asked.unhappy
    main: Instrument = "nps" if rng.random() < 0.15 else "csat"
    yield from _first(setting, {**facts, "response_id": f"resp-{asked.id}"}, main, at, bad=bad)
    for instrument, share in ASKED_TOO:
        if instrument != main and rng.random() < share:
            scale: ScaleId = "1-7" if asked.line.channel == "phone" else "1-5"
            more = {**facts, "response_id": f"resp-{asked.id}-{instrument}"}
            answer = _response(setting, more, instrument, 1, bad=bad and rng.random() < 0.8, effort=scale)
            yield setting.post(answer, SURVEYS, at + 0.01, setting.moment(at))


def _first(
    setting: Setting, facts: dict[str, Any], instrument: Instrument, at: float, *, bad: bool
) -> Iterator[Planned]:
    """The answer to the first question: once, twice, changed, or changed and out of order."""
    rng = setting.rng
    stated = rng.sample(centre.PREFERENCES, rng.choice((1, 1, 2))) if rng.random() < STATES_A_PREFERENCE else ()
    preferences = tuple({entry.kind: entry for entry in stated}.values()) if setting.preferences else ()
    facts |= {"preferences": preferences, "comment": _comment(setting, bad=bad)}
    time = setting.moment(at)
    first = setting.post(_response(setting, facts, instrument, 1, bad=bad), SURVEYS, at, time)
    again = {**facts, "comment": _comment(setting, bad=not bad)} | ({"preferences": ()} if rng.random() < 0.3 else {})
    flip = _response(setting, again, instrument, 2, bad=not bad)
    fate = rng.random()
    if fate < FLIPS:
        yield from (first, setting.post(flip, SURVEYS, at + rng.uniform(2, 8), time + timedelta(seconds=2)))
    elif fate < FLIPS + OUT_OF_ORDER:
        yield setting.post(flip, SURVEYS, at, time)
        yield Planned(at + rng.uniform(1, 4), first.said, first.form)
    elif fate < FLIPS + OUT_OF_ORDER + TWICE:
        yield from (first, Planned(at + rng.uniform(0.1, 3), first.said, first.form))
    else:
        yield first


def _comment(setting: Setting, *, bad: bool) -> str | None:
    rng = setting.rng
    words = [rng.choice(centre.BAD_WORDS if bad else centre.GOOD_WORDS)] if rng.random() < 0.5 else []
    if setting.preferences and rng.random() < SAYS_ONE_IN_WORDS:
        words.append(rng.choice((*centre.SAID_IN_WORDS, *centre.SAID_IN_DOUBT)))
    return " ".join(words) or None


def _response(
    setting: Setting,
    facts: dict[str, Any],
    instrument: Instrument,
    revision: int,
    *,
    bad: bool,
    effort: ScaleId = "1-7",
) -> SurveyResponse:
    rng = setting.rng
    scale: ScaleId
    value: RawValue
    match instrument:
        case "nps":
            scale, value = "0-10", rng.randint(0, 6) if bad else rng.choice((7, 8, 9, 9, 10, 10))
        case "ces":
            low, high = ((1, 3), (4, 7)) if effort == "1-7" else ((1, 2), (3, 5))
            scale, value = effort, rng.randint(*(low if bad else high))
        case "resolved":
            scale, value = "yes-no", "no" if bad else "yes"
        case _:
            scale, value = "1-5", rng.choice((1, 1, 2) if bad else (3, 4, 4, 5, 5, 5))
    return SurveyResponse(revision=revision, instrument=instrument, scale=scale, value=value, **facts)
