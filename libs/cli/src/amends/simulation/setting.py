"""What all contacts of one run have in common."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from amends.simulation.said import Form, Planned, Said, say
from events.envelope import Payload

PBX, SURVEYS, WEB, PRIVACY = "pbx", "surveys", "web", "privacy"
FORMS: Mapping[Form, int] = {"batch": 90, "structured": 4, "binary": 3, "plain": 3}
WEBHOOK_FORMS: Mapping[Form, int] = {"webhook": 30, "batch": 60, "structured": 4, "binary": 3, "plain": 3}
"""How often each way of posting is taken; the survey tool has a webhook, too."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Attributes:
    start: what time it is at 0 s.
    customers: how many there are; with few, the same ones come again.
    back: seconds after which a customer gets in touch again, on average.
    preferences: whether customers state some.
    misfortune: how bad the bad day is, 0 to 1.
    """

    rng: random.Random
    start: datetime
    tag: str
    customers: int
    back: float
    preferences: bool = True
    misfortune: float = 1.0

    def moment(self, at: float) -> datetime:
        return self.start + timedelta(seconds=at)

    def post(self, payload: Payload, system: str, at: float, time: datetime) -> Planned:
        forms = WEBHOOK_FORMS if system == SURVEYS else FORMS
        form: Form = self.rng.choices(tuple(forms), tuple(forms.values()))[0]
        return Planned(at, self.said(payload, system, time), form)

    def said(self, payload: Payload, system: str, time: datetime) -> Said:
        return say(payload, source(self.tag, system), time)


def source(tag: str, system: str) -> str:
    """The CloudEvents source of one of the systems."""
    return f"/demo/{tag}/{system}"
