"""One contact with a customer, and everything the centre's systems will report about it."""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from amends.simulation import centre
from amends.simulation.centre import Line
from amends.simulation.said import Form, Planned, Said, say
from amends.simulation.story import trouble
from events.interaction import Interaction
from events.mention import Mention
from events.survey import SurveyResponse

ANONYMOUS = 0.05
OLD = 0.01
FLIPS = 0.06
TWICE = 0.04
OUT_OF_ORDER = 0.02
SURVEY_FIRST = 0.12
MENTIONS = 0.012
STATES_A_PREFERENCE = 0.3

PBX, SURVEYS, WEB = "pbx", "surveys", "web"
FORMS: Mapping[Form, int] = {"batch": 90, "structured": 4, "binary": 3, "plain": 3}
WEBHOOK_FORMS: Mapping[Form, int] = {"webhook": 30, "batch": 60, "structured": 4, "binary": 3, "plain": 3}
"""How often each way of posting is taken; the survey tool has a webhook, too."""


class Contact:
    """Made once its end is at hand: ``at`` seconds after ``start`` the first report is posted, and all else follows.

    Args:
        phase: of the day, 0 to 1.
        number: makes its ids unique.
        customers: how many there are; with few, the same ones come again.
    """

    def __init__(
        self, rng: random.Random, start: datetime, at: float, *, phase: float, tag: str, number: int, customers: int
    ) -> None:
        self._rng = rng
        self._at = at
        self._ended = start + timedelta(seconds=at - rng.uniform(0.1, 1.0))
        self._start = start
        self._tag = tag
        self._id = f"{tag}-{number:06d}"
        self._line: Line = rng.choices(centre.LINES, [line.share for line in centre.LINES])[0]
        self._team = rng.choice(list(centre.TEAMS))
        self._trouble = trouble(phase, self._line.channel, self._team)
        known = rng.random() >= ANONYMOUS
        self._customer = f"cus-{tag}-{rng.randrange(customers):04d}" if known else None

    def plan(self) -> Iterator[Planned]:
        """In no particular order."""
        rng, line = self._rng, self._line
        wait = rng.expovariate(1 / (line.wait * (1 + 7 * self._trouble)))
        gives_up = rng.expovariate(1 / line.patience)
        if gives_up < wait:
            yield self._post(self._abandoned(gives_up), PBX, self._at)
            return
        facts = self._answered(wait)
        surveyed = rng.random() < line.survey
        first = self._at + (rng.uniform(0.8, 2.5) if surveyed and rng.random() < SURVEY_FIRST else 0)
        yield from self._reports(facts, first)
        if surveyed:
            yield from self._survey()
        if rng.random() < MENTIONS:
            yield self._mention()

    def _abandoned(self, waited: float) -> Interaction:
        return Interaction(
            interaction_id=self._id,
            revision=1,
            channel=self._line.channel,
            team=self._team,
            customer_id=self._customer,
            offered_at=self._ended - timedelta(seconds=waited),
            ended_at=self._ended,
            queue_wait_seconds=round(waited, 3),
            abandoned=True,
        )

    def _answered(self, wait: float) -> dict[str, Any]:
        rng, line = self._rng, self._line
        talk = round(rng.gammavariate(2.5, line.talk / 2.5), 3)
        answered_at = self._ended - timedelta(seconds=talk)
        agent = f"{self._team}-{rng.randrange(centre.AGENTS_PER_TEAM) + 1:02d}"
        return {
            "interaction_id": self._id,
            "channel": line.channel,
            "team": self._team,
            "agent": agent,
            "customer_id": self._customer,
            "reason": rng.choice(centre.TEAMS[self._team]),
            "offered_at": answered_at - timedelta(seconds=wait),
            "answered_at": answered_at,
            "ended_at": self._ended,
            "talk_seconds": talk,
            "hold_seconds": float(rng.choice((0, 0, 0, rng.randrange(5, 60)))),
            "abandoned": False,
            "resolved": rng.random() < 0.85 - 0.4 * self._trouble,
        }

    def _reports(self, facts: dict[str, Any], at: float) -> Iterator[Planned]:
        """The contact as it ends, and again, as a newer revision, once the agent has written it up."""
        first = Interaction(revision=1, **facts)
        wrap = round(self._rng.expovariate(1 / self._line.wrap), 3)
        second = Interaction(revision=2, wrap_seconds=wrap, **facts)
        posted = self._post(first, PBX, at)
        later = self._post(second, PBX, at + self._rng.uniform(1.5, 6))
        if self._rng.random() < OUT_OF_ORDER:
            yield from (Planned(later.at, posted.said, posted.form), Planned(posted.at, later.said, later.form))
            return
        yield from (posted, later)
        if self._rng.random() < TWICE:
            yield Planned(posted.at + self._rng.uniform(0.2, 4), posted.said)

    def _survey(self) -> Iterator[Planned]:
        rng = self._rng
        at = self._at + rng.uniform(0.3, 3)
        old = rng.random() < OLD
        age = rng.uniform(65, 600) * 60 if old else rng.uniform(0.05, 0.3)
        stated = rng.sample(centre.PREFERENCES, rng.choice((1, 1, 2))) if rng.random() < STATES_A_PREFERENCE else ()
        facts: dict[str, Any] = {
            "response_id": f"resp-{self._id}",
            "interaction_id": self._id,
            "customer_id": self._customer,
            "submitted_at": self._start + timedelta(seconds=at - age),
            "preferences": tuple({entry.kind: entry for entry in stated}.values()),
            "language": rng.choice(("en", "en", "de", "bn")),
        }
        bad = rng.random() < 0.09 + 0.55 * self._trouble
        first = self._post(self._response(facts, 1, bad=bad), SURVEYS, at)
        flip = self._response(facts | ({"preferences": ()} if rng.random() < 0.3 else {}), 2, bad=not bad)
        fate = rng.random()
        if fate < FLIPS:
            yield from (first, self._post(flip, SURVEYS, at + rng.uniform(2, 8)))
        elif fate < FLIPS + OUT_OF_ORDER:
            yield from (self._post(flip, SURVEYS, at), Planned(at + rng.uniform(1, 4), first.said, first.form))
        elif fate < FLIPS + OUT_OF_ORDER + TWICE:
            yield from (first, Planned(at + rng.uniform(0.1, 3), first.said, first.form))
        else:
            yield first

    def _response(self, facts: dict[str, Any], revision: int, *, bad: bool) -> SurveyResponse:
        rng = self._rng
        nps = rng.random() < 0.15
        if nps:
            value = rng.randint(0, 6) if bad else rng.randint(7, 10)
        else:
            value = rng.choice((1, 1, 2) if bad else (3, 4, 4, 5, 5, 5))
        words = rng.choice(centre.BAD_WORDS if bad else centre.GOOD_WORDS) if rng.random() < 0.5 else None
        return SurveyResponse(
            revision=revision,
            instrument="nps" if nps else "csat",
            scale="0-10" if nps else "1-5",
            value=value,
            comment=words,
            **facts,
        )

    def _mention(self) -> Planned:
        rng = self._rng
        at = self._at + rng.uniform(0.5, 3)
        bad = rng.random() < 0.35
        mention = Mention(
            mention_id=f"mention-{self._id}",
            network=rng.choice(centre.NETWORKS),
            text=rng.choice(centre.PUBLIC_BAD if bad else centre.PUBLIC_GOOD),
            scale="1-5",
            rating=rng.choice((1, 2)) if bad else rng.choice((4, 5)),
            published_at=self._start + timedelta(seconds=at - rng.uniform(0.1, 0.5)),
        )
        return self._post(mention, WEB, at)

    def _post(self, payload: Interaction | SurveyResponse | Mention, system: str, at: float) -> Planned:
        forms = WEBHOOK_FORMS if system == SURVEYS else FORMS
        form: Form = self._rng.choices(tuple(forms), tuple(forms.values()))[0]
        return Planned(at, self._say(payload, system), form)

    def _say(self, payload: Interaction | SurveyResponse | Mention, system: str) -> Said:
        return say(payload, source(self._tag, system), self._ended)


def source(tag: str, system: str) -> str:
    """The CloudEvents source of one of the systems."""
    return f"/demo/{tag}/{system}"
