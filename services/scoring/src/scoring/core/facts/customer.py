"""What links one customer's contacts: who came back, and how the score went on after a case.

A contact counts as repeated in its own pane however much later the repeat is known, and nothing is rewritten as time
goes by: whether the repeat window has closed is a question of reading.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct, structs

from scoring.core.attribution import Attribution
from scoring.core.contribution import Contribution
from scoring.core.measures import RECOVERY, REPEATS

REPEAT_WINDOW = timedelta(days=7)
CROWD = 500
"""A customer who was ever seen with more contacts than this is an id that many share: nobody came back."""

_WINDOW_MS = REPEAT_WINDOW // timedelta(milliseconds=1)


class Visit(Struct, array_like=True, frozen=True, gc=False):
    """A contact of this customer, as far as repeats go."""

    at: int
    inbound: bool
    resolved: bool
    channel: str | None
    team: str | None
    agent: str | None
    reason: str | None


class Score(Struct, array_like=True, frozen=True, gc=False):
    """An answer of this customer: 0 to 100, in thousandths; None where it does not count as an answer."""

    at: int
    response: str
    instrument: str
    score: int | None


class Opened(Struct, array_like=True, frozen=True, gc=False):
    """A case of this customer, and the score of the answer that opened it, where there was one."""

    at: int
    response: str | None
    instrument: str | None
    score: int | None
    channel: str | None
    team: str | None
    agent: str | None
    reason: str | None


Link = Visit | Score | Opened


class Customer(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """One customer, by digest: everything that names them, so that all of it can be found. An erased one stays empty
    for ever.
    """

    visits: dict[str, Visit] = {}
    scores: dict[str, Score] = {}
    cases: dict[str, Opened] = {}
    erased: bool = False
    crowd: bool = False

    def linked(self, key: str, old: Link | None, new: Link | None) -> "Customer":
        """With ``new`` in the place of ``old``."""
        if self.erased or self.crowd or old == new:
            return self
        name = _PLACE[type(new or old)]
        known = {k: link for k, link in getattr(self, name).items() if k != key}
        if new is not None:
            known[key] = new
        if len(known) > CROWD:
            return Customer(crowd=True)
        return structs.replace(self, **{name: known})

    def forgotten(self) -> "Customer":
        return Customer(erased=True)

    def moments(self) -> list[int]:
        """When it counts."""
        return [link.at for links in (self.visits, self.scores, self.cases) for link in links.values()]

    def contributions(self) -> Iterator[Contribution]:
        for _, contribution in self.behind():
            yield contribution

    def behind(self) -> Iterator[tuple[str, Contribution]]:
        """What each contact and case adds because of the others, by its id."""
        yield from self._repeats()
        for id_, case in self.cases.items():
            later = self._next_score(case)
            if later is not None and case.score is not None:
                change = later - case.score
                sums = {"rescored": 1, "rescore_millipercent": change, "rescore_square": round(change / 1000) ** 2}
                yield id_, Contribution(RECOVERY.name, case.at, _attribution(case), sums)

    def _repeats(self) -> Iterator[tuple[str, Contribution]]:
        inbound = sorted((v for v in self.visits.values() if v.inbound), key=lambda visit: visit.at)
        at = [visit.at for visit in inbound]
        for id_, visit in self.visits.items():
            if visit.resolved:
                sums = {"settled": 1}
                if times := _times_repeated(visit, inbound, at):
                    sums["repeated_once" if times == 1 else "repeated_more"] = 1
                yield id_, Contribution(REPEATS.name, visit.at, _attribution(visit), sums)

    def _next_score(self, case: Opened) -> int | None:
        later = [
            (answer.at, answer.response, answer.score)
            for answer in self.scores.values()
            if answer.score is not None
            and answer.instrument == case.instrument
            and answer.at > case.at
            and answer.response != case.response
        ]
        return min(later)[2] if later else None


_PLACE: dict[type, str] = {Visit: "visits", Score: "scores", Opened: "cases"}


def _attribution(link: Visit | Opened) -> Attribution:
    return Attribution(link.channel, link.team, link.agent, link.reason)


def _times_repeated(visit: Visit, inbound: list[Visit], at: list[int]) -> int:
    """How often the customer came back for the same reason within the window: 0, 1, or 2 for more often.

    ``inbound`` is sorted by ``at``.
    """
    times = 0
    for place in range(bisect_right(at, visit.at), bisect_right(at, visit.at + _WINDOW_MS)):
        reason = inbound[place].reason
        if visit.reason is None or reason is None or visit.reason == reason:
            times += 1
            if times == 2:
                break
    return times
