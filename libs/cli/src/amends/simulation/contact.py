"""One contact with a customer, and everything the centre's systems will report about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from amends.simulation import centre
from amends.simulation.centre import Line
from amends.simulation.said import Planned
from amends.simulation.setting import PBX, WEB, Setting
from amends.simulation.story import trouble
from amends.simulation.survey import Asked, survey
from events.interaction import Interaction
from events.mention import Mention

ANONYMOUS = 0.05
TWICE = 0.04
OUT_OF_ORDER = 0.02
SURVEY_FIRST = 0.12
MENTIONS = 0.02
ANOTHER_REPLIED = 0.12
REOPENED = 0.05
COMES_BACK = {True: 0.08, False: 0.4}
"""The share of customers who get in touch again about the same thing, by whether it was called resolved."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a customer gets in touch about, and at what second: again, for one who comes back."""

    at: float
    customer: str
    team: str
    reason: str


class Contact:
    """Made once its end is at hand: ``at`` seconds after the start the first report is posted, and all else follows.

    Args:
        phase: of the day, 0 to 1.
        number: makes its ids unique.
        matter: what the customer comes back with, if it is one who does.
    """

    def __init__(self, setting: Setting, at: float, *, phase: float, number: int, matter: Matter | None = None) -> None:
        self._setting = setting
        self._rng = rng = setting.rng
        self._at = at
        self._ended = setting.moment(at - rng.uniform(0.1, 1.0))
        self._id = f"{setting.tag}-{number:06d}"
        self._line: Line = rng.choices(centre.LINES, [line.share for line in centre.LINES])[0]
        self._again = matter is not None
        self._team = matter.team if matter else rng.choice(list(centre.TEAMS))
        self._reason = matter.reason if matter else rng.choice(centre.TEAMS[self._team])
        self._trouble = setting.misfortune * trouble(phase, self._line.channel, self._team)
        known = rng.random() >= ANONYMOUS
        stranger = f"cus-{setting.tag}-{rng.randrange(setting.customers):04d}" if known else None
        self.customer = matter.customer if matter else stranger
        self._place = rng.randrange(centre.AGENTS_PER_TEAM)
        self.returns: Matter | None = None

    def plan(self) -> Iterator[Planned]:
        """In no particular order. Afterwards ``returns`` says whether the customer comes back."""
        rng, line = self._rng, self._line
        wait = rng.expovariate(1 / (line.wait * (1 + 7 * self._trouble)))
        gives_up = rng.expovariate(1 / line.patience)
        if gives_up < wait:
            yield self._setting.post(self._abandoned(gives_up), PBX, self._at, self._ended)
            return
        facts = self._answered(wait)
        asked = rng.random() < line.asked
        first = self._at + (rng.uniform(1.0, 2.5) if asked and rng.random() < SURVEY_FIRST else 0)
        yield from self._reports(facts, first)
        if asked:
            yield from survey(self._setting, self._asked(), self._at + rng.uniform(0.2, 0.8))
        if rng.random() < MENTIONS:
            yield self._mention()
        self.returns = self._comes_back(resolved=facts["resolved"])

    def _abandoned(self, waited: float) -> Interaction:
        return Interaction(
            interaction_id=self._id,
            revision=1,
            channel=self._line.channel,
            team=self._team,
            customer_id=self.customer,
            offered_at=self._ended - timedelta(seconds=waited),
            ended_at=self._ended,
            queue_wait_seconds=round(waited, 3),
            abandoned=True,
        )

    @property
    def _agent(self) -> str:
        return f"{self._team}-{self._place + 1:02d}"

    def _answered(self, wait: float) -> dict[str, Any]:
        rng, line = self._rng, self._line
        talk = round(rng.gammavariate(2.5, line.talk / 2.5), 3)
        answered_at = self._ended - timedelta(seconds=talk)
        offered_at = answered_at - timedelta(seconds=wait)
        facts: dict[str, Any] = {
            "interaction_id": self._id,
            "channel": line.channel,
            "team": self._team,
            "agent": self._agent,
            "customer_id": self.customer,
            "reason": self._reason,
            "offered_at": offered_at,
            "answered_at": answered_at,
            "ended_at": self._ended,
            "talk_seconds": talk,
            "hold_seconds": float(rng.choice((0, 0, 0, rng.randrange(5, 60)))),
            "abandoned": False,
            "resolved": rng.random() < 0.85 - 0.4 * self._trouble,
        }
        if line.written:
            facts |= {"first_message_at": offered_at, "first_response_at": answered_at + timedelta(seconds=talk * 0.1)}
            if rng.random() < line.bot:
                facts["bot_handoff_at"] = offered_at + timedelta(seconds=wait * rng.uniform(0.2, 0.6))
            if rng.random() < ANOTHER_REPLIED:
                facts["first_response_by"] = f"{self._team}-{(self._place + 1) % centre.AGENTS_PER_TEAM + 1:02d}"
        return facts

    def _reports(self, facts: dict[str, Any], at: float) -> Iterator[Planned]:
        """The contact as it ends, and again, as a newer revision, once the agent has written it up; some open again."""
        rng = self._rng
        wrap = round(rng.expovariate(1 / self._line.wrap), 3)
        posted = self._setting.post(Interaction(revision=1, **facts), PBX, at, self._ended)
        written_up = Interaction(revision=2, wrap_seconds=wrap, **facts)
        later = self._setting.post(written_up, PBX, at + rng.uniform(1.5, 6), self._ended)
        if self._line.written and rng.random() < REOPENED:
            yield self._reopened({**facts, "wrap_seconds": wrap}, later.at + rng.uniform(3, 9))
        if rng.random() < OUT_OF_ORDER:
            yield from (Planned(later.at, posted.said, posted.form), Planned(posted.at, later.said, later.form))
            return
        yield from (posted, later)
        if rng.random() < TWICE:
            yield Planned(posted.at + rng.uniform(0.2, 4), posted.said)

    def _reopened(self, facts: dict[str, Any], at: float) -> Planned:
        """The customer wrote once more, was answered, and is content."""
        ended = self._setting.moment(at - self._rng.uniform(0.1, 0.5))
        more = {"reopened": 1, "reopened_at": ended - timedelta(seconds=2), "ended_at": ended, "resolved": True}
        replied = {"first_response_at": ended - timedelta(seconds=self._rng.uniform(0.2, 1.8))}
        return self._setting.post(Interaction(revision=3, **(facts | more | replied)), PBX, at, ended)

    def _asked(self) -> Asked:
        skill = 0.5 + self._place / centre.AGENTS_PER_TEAM  # the first of a team are its best
        unhappy = 0.09 * skill + 0.55 * self._trouble + (0.12 if self._again else 0)
        return Asked(self._id, self._line, self.customer, self._team, self._agent, unhappy)

    def _comes_back(self, *, resolved: bool) -> Matter | None:
        if self.customer is None or self._rng.random() >= COMES_BACK[resolved]:
            return None
        after = self._setting.back * self._rng.uniform(0.4, 1.6)
        return Matter(self._at + after, self.customer, self._team, self._reason)

    def _mention(self) -> Planned:
        rng = self._rng
        at = self._at + rng.uniform(0.5, 3)
        sentiment, words, ratings = rng.choice(
            (
                ("negative", centre.PUBLIC_BAD, (1, 2)),
                ("neutral", centre.PUBLIC_NEUTRAL, (3,)),
                ("positive", centre.PUBLIC_GOOD, (4, 5)),
                ("positive", centre.PUBLIC_GOOD, (4, 5)),
            )
        )
        stance = {"scale": "1-5", "rating": rng.choice(ratings)} if rng.random() < 0.5 else {"sentiment": sentiment}
        mention = Mention.model_validate(
            {
                "mention_id": f"mention-{self._id}",
                "network": rng.choice(centre.NETWORKS),
                "text": rng.choice(words),
                "published_at": self._setting.moment(at - rng.uniform(0.1, 0.5)),
                **stance,
            }
        )
        return self._setting.post(mention, WEB, at, mention.published_at)
