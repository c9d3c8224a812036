"""Disorderly histories: few things that are reported again and again, corrected, moved, resent and out of order.

Every choice is made by a ``Pick``, so that ``random`` and hypothesis draw from the same histories.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from events.case import CaseReported
from events.customer import CustomerErased
from events.envelope import DEFAULT_TENANT, Event, Payload
from events.interaction import Interaction
from events.mention import Mention
from events.scales import ALLOWED, SCALES, RawValue
from events.survey import SurveyResponse
from events.survey_sent import SurveySent

T = TypeVar("T")
Said = dict[str, Any]

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
MS = timedelta(milliseconds=1)
OTHER_TENANT = "other"
AFTER = (timedelta(0), MS, timedelta(seconds=59), timedelta(minutes=61), timedelta(hours=17), timedelta(days=3))
SOMETIMES = (*AFTER, WEEK - MS, WEEK, WEEK + MS)
RECORDED = MONDAY + 4 * WEEK
SECONDS = (0, 0.0004, 7, 19.9996, 20, 20.001, 61.25, 3600, 100_000)
VALUES: dict[str, tuple[RawValue, ...]] = {
    "0-1": (0, 0.4, 0.41, 0.625, 0.8, 1),
    "good-bad": ("good", "bad"),
    "thumbs": ("up", "down", True),
    "yes-no": ("yes", "no", False),
}
RATED = tuple(
    (instrument, scale, value)
    for instrument, scales in sorted(ALLOWED.items())
    for scale in sorted(scales)
    for value in VALUES.get(scale) or tuple(range(int(SCALES[scale].low), int(SCALES[scale].high) + 1))
)


class Pick(Protocol):
    def __call__(self, choices: Sequence[T], /) -> T: ...


@dataclass
class Histories:
    """What may happen to so many things. Few of each, so that what happens concerns things already known."""

    pick: Pick
    contacts: int = 4
    customers: int = 2
    answers: int = 4
    others: int = 2
    agents: int = 2
    erasures: bool = True
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def next(self) -> Event[Any]:
        """One more thing that is said, right or wrong, early or late."""
        what = self.pick("iiiiiiaaaaassmkkke" if self.erasures else "iiiiiiaaaaassmkkk")
        makers = {
            "i": self.interaction,
            "a": self.answer,
            "s": self.survey,
            "m": self.mention,
            "k": self.case,
            "e": self.erased,
        }
        return self.event(makers[what]())

    def event(self, data: Payload, *, tenant: str | None = None) -> Event[Any]:
        return Event(
            id=f"h-{next(self._numbers)}",
            source="/history",
            tenant=tenant or self.pick((DEFAULT_TENANT,) * 5 + (OTHER_TENANT,)),
            time=MONDAY,
            recorded_at=self.pick((RECORDED, RECORDED, RECORDED + timedelta(minutes=3))),
            data=data,
        )

    def interaction(self) -> Interaction:
        offered = self._instant()
        said = {
            **self._version(),
            **self._whom(channel=True),
            "interaction_id": self._one("i", self.contacts),
            "direction": self.pick(("inbound", "inbound", "inbound", "outbound")),
            "customer_id": self._customer(),
            "offered_at": offered,
            "resolved": self.pick((True, True, False, None)),
            "transfers": self.pick((0, 0, 2)),
            "reopened": self.pick((0, 0, 1)),
        }
        return Interaction(**said, **self._course(offered), **self._reply(offered))

    def _course(self, offered: datetime) -> Said:
        """How the contact went: answered, lost, called back or still waiting."""
        match self.pick(("answered", "answered", "answered", "lost", "callback", "waiting")):
            case "answered":
                answered = offered + self.pick((timedelta(0), timedelta(seconds=20), timedelta(seconds=20.0006)))
                wait = self.pick((None, *SECONDS))
                times = {name: self.pick((None, *SECONDS)) for name in ("talk_seconds", "hold_seconds", "wrap_seconds")}
                return {"answered_at": answered, "queue_wait_seconds": wait, **times}
            case "lost":
                return {"abandoned": True, "callback_queued": self.pick((False, True)), "wrap_seconds": 57}
            case "callback":
                return {"callback_queued": True, "queue_wait_seconds": 30}
        return {"talk_seconds": self.pick((None, 5))}

    def _reply(self, offered: datetime) -> Said:
        """A first reply on a written channel; now and then one that came before there was anything to reply to."""
        if self.pick((True, True, False)):
            return {}
        began = {
            name: offered + self.pick(AFTER)
            for name in ("bot_handoff_at", "reopened_at", "first_message_at")
            if self.pick((False, True))
        }
        replied = max([offered, *began.values()]) + self.pick((*AFTER, -MS))
        return {**began, "first_response_at": replied, "first_response_by": self.pick((None, "a-0", "bot-handler"))}

    def answer(self) -> SurveyResponse:
        instrument, scale, value = (
            self.pick(RATED) if self.pick(range(3)) == 0 else ("csat", "1-5", self.pick((1, 3, 5)))
        )
        status = self.pick(("completed",) * 4 + ("dismissed", "partial"))
        said = {
            **self._version(),
            **self._whom(),
            "response_id": self._one("r", self.answers),
            "interaction_id": self.pick((None, self._one("i", self.contacts), self._one("i", self.contacts))),
            "customer_id": self._customer(),
            "survey_id": self.pick((None, self._one("s", self.others))),
            "instrument": instrument,
            "scale": scale,
            "value": value if status == "completed" else self.pick((None, value)),
            "status": status,
            "submitted_at": self._instant(),
        }
        return SurveyResponse(**said)

    def survey(self) -> SurveySent:
        said = {**self._whom(), "customer_id": self._customer(), "sent_at": self._instant()}
        return SurveySent(survey_id=self._one("s", self.others), interaction_id=self.pick((None, "i-0")), **said)

    def mention(self) -> Mention:
        rated = self.pick(({}, {"scale": "1-5", "rating": self.pick((1, 3, 5))}))
        said = {
            **self._version(),
            **rated,
            "mention_id": self._one("m", self.others),
            "network": "square",
            "team": self.pick((None, "x", "y")),
            "sentiment": self.pick((None, "positive", "neutral", "negative")),
            "published_at": self._instant(),
        }
        return Mention(**said)

    def case(self) -> CaseReported:
        opened, after = self._instant(), lambda: opened + self.pick(AFTER)
        closed = self.pick((None, after(), after()))
        said = {
            **self._version(),
            **self._whom(),
            "case_id": self._one("k", self.others),
            "state": self.pick(("closed", "closed", "claimed"))
            if closed
            else self.pick(("claimed", "claimed", "closed")),
            "customer_id": self._customer(),
            "response_id": self.pick((None, self._one("r", self.answers))),
            "instrument": self.pick(("csat",) * 6 + ("nps", None)),
            "score_percent": self.pick((0, 0, 25, 37.5, 33.33333, None)),
            "opened_at": opened,
            "claimed_at": self.pick((None, after())),
            "contacted_at": self.pick((None, after())),
            "contact_due_at": self.pick((None, after())),
            "closed_at": closed,
            "outcome": self.pick(("recovered", "not_recovered", "unreachable", "dismissed")) if closed else None,
        }
        return CaseReported(**said)

    def erased(self) -> CustomerErased:
        return CustomerErased(customer_id=self._one("c", self.customers), requested_at=MONDAY)

    def _whom(self, *, channel: bool = False) -> Said:
        return {
            "channel": self.pick(("phone", "chat") if channel else (None, "phone", "email")),
            "team": self.pick((None, "x", "y")),
            "agent": self.pick((None, self._one("a", self.agents))),
            "reason": self.pick((None, "invoice", "delivery")),
        }

    def _version(self) -> Said:
        """Mostly few revisions, so that many reports are late, or of the same version."""
        updated = MONDAY + self.pick(AFTER)
        return self.pick(
            ({"revision": self.pick(range(5))}, {"revision": self.pick(range(5))}, {}, {"updated_at": updated})
        )

    def _customer(self) -> str | None:
        return self.pick((None,) + (self._one("c", self.customers),) * 4)

    def _instant(self) -> datetime:
        """Some week; rarely as a wrong clock has it, just within or beyond what is believed."""
        if self.pick(range(25)) == 0:
            return RECORDED + timedelta(minutes=5) + self.pick((timedelta(0), MS, timedelta(days=400)))
        return MONDAY + self.pick(SOMETIMES) + self.pick((timedelta(0), timedelta(seconds=30), WEEK))

    def _one(self, kind: str, many: int) -> str:
        return f"{kind}-{self.pick(range(many))}"


ID_FIELDS = {
    Interaction: "interaction_id",
    SurveyResponse: "response_id",
    SurveySent: "survey_id",
    Mention: "mention_id",
    CaseReported: "case_id",
    CustomerErased: "customer_id",
}


def without_twins(history: Iterable[Event[Any]]) -> list[Event[Any]]:
    """Of two reports of one version the first stands; where consumers race nobody can say which that was."""
    found: dict[tuple[Any, ...], Event[Any]] = {}
    for event in history:
        id_ = getattr(event.data, ID_FIELDS[type(event.data)])
        found.setdefault((event.tenant, event.type, id_, getattr(event.data, "version", 0)), event)
    return list(found.values())
