"""What a customer prefers, as profile-sync has noted it, and how that is said to whoever calls them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from alerting.core.clocks.customers import PARTS_OF_DAY
from events.preference import MANY, DoNotContact, Kind, PartOfDay, Preference


@dataclass(frozen=True, slots=True)
class Noted:
    """One note that holds, and where it comes from. ``source`` and ``response_id`` are of the answer it was said in."""

    preference: Preference
    revision: int
    said_at: datetime
    source: str
    response_id: str
    extractor: str


@dataclass(frozen=True, slots=True)
class Stated:
    """One preference and where it comes from.

    Attributes:
        value: a word of the vocabulary, "yes" or "no", a language tag, or the customer's own words.
        extractor: what read it, and its version: ``stated/1`` was not read out of anything.
    """

    value: str
    said_at: datetime
    response_id: str
    source: str
    extractor: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a customer wants now.

    Attributes:
        never: the channels they are not to be reached by.
        interests, dislikes, note: in the customer's words.
    """

    channel: Stated | None = None
    time: Stated | None = None
    days: Stated | None = None
    language: Stated | None = None
    call_back: Stated | None = None
    form_of_address: Stated | None = None
    note: Stated | None = None
    never: tuple[Stated, ...] = ()
    accessibility: tuple[Stated, ...] = ()
    delivery: tuple[Stated, ...] = ()
    interests: tuple[Stated, ...] = ()
    dislikes: tuple[Stated, ...] = ()

    @property
    def contact_time(self) -> PartOfDay | None:
        said = self.time.value if self.time else None
        return next((part for part in PARTS_OF_DAY if part == said), None)


_FIELDS: Mapping[Kind, str] = {
    "contact_channel": "channel",
    "do_not_contact": "never",
    "language": "language",
    "contact_time": "time",
    "contact_days": "days",
    "call_back": "call_back",
    "accessibility": "accessibility",
    "form_of_address": "form_of_address",
    "interest": "interests",
    "delivery": "delivery",
    "dislike": "dislikes",
    "note": "note",
}
"""Each kind, and where it is in ``Preferences``."""


def preferences(noted: Iterable[Noted]) -> Preferences:
    """Of a kind of which there is one, the newest; two are told of only while one takes the other's place."""
    one: dict[str, Stated] = {}
    many: dict[str, dict[str, Stated]] = {}
    for each in sorted(noted, key=lambda each: (each.said_at, each.revision)):
        said = each.preference
        stated = Stated(_value(said.value), each.said_at, each.response_id, each.source, each.extractor)
        if isinstance(said, DoNotContact) and not said.stop:
            many.setdefault("never", {}).pop(stated.value, None)
        elif said.kind in MANY or said.kind == "do_not_contact":
            many.setdefault(_FIELDS[said.kind], {})[stated.value.casefold()] = stated
        else:
            one[_FIELDS[said.kind]] = stated
    return Preferences(**one, **{name: tuple(found[value] for value in sorted(found)) for name, found in many.items()})  # type: ignore[arg-type]


def _value(value: str | bool) -> str:
    return value if isinstance(value, str) else "yes" if value else "no"


_TIMES: Mapping[str, str] = {
    "morning": "in the morning",
    "midday": "at midday",
    "afternoon": "in the afternoon",
    "evening": "in the evening",
}
_DAYS: Mapping[str, str] = {"weekdays": "on weekdays", "weekend": "at the weekend"}
_NEEDS: Mapping[str, str] = {
    "hearing": "Does not hear well",
    "sight": "Does not see well",
    "speech": "Cannot speak easily",
    "mobility": "Cannot get about easily",
    "slowly": "Wants to be spoken to slowly",
    "plain-words": "Wants plain words",
    "large-print": "Needs large print",
    "text-only": "Cannot take calls: write",
    "other": "Needs help to be reached: see the survey",
}
_ADDRESSES: Mapping[str, str] = {
    "first-name": "by their first name",
    "last-name": "by their last name",
    "formal": "formally",
    "informal": "informally",
}
_DELIVERY: Mapping[str, str] = {
    "call-before": "call before",
    "with-a-neighbour": "leave it with a neighbour",
    "pickup-point": "to a pickup point",
    "contactless": "without contact",
    **_TIMES,
    **_DAYS,
}


def how_to_reach(stated: Preferences) -> str:
    """ "prefers chat, in the evening on weekdays"; empty where nothing was said."""
    never = {each.value for each in stated.never}
    channel = stated.channel.value if stated.channel and stated.channel.value not in never else None
    time = _TIMES[stated.contact_time] if stated.contact_time else None
    days = _DAYS.get(stated.days.value, f"on {stated.days.value.capitalize()}s") if stated.days else None
    when = " ".join(part for part in (time, days) if part)
    if channel is None:
        return f"prefers to be reached {when}" if when else ""
    return f"prefers {channel}, {when}" if when else f"prefers {channel}"


def how_to_speak(stated: Preferences) -> Iterable[str]:
    """Sentences, none in the customer's words."""
    if stated.call_back:
        yield "Wants to be called back." if stated.call_back.value == "yes" else "Does not want to be called back."
    if stated.language:
        yield f"Wants to be spoken to in {stated.language.value}."
    if stated.form_of_address:
        said = stated.form_of_address.value
        yield f"Wants to be addressed {_ADDRESSES.get(said, f'as {said.capitalize()}')}."
    for need in stated.accessibility:
        yield f"{_NEEDS.get(need.value, need.value)}."
    if stated.delivery:
        habits = ", ".join(_DELIVERY.get(each.value, each.value.replace("-", " ")) for each in stated.delivery)
        yield f"Deliveries and appointments: {habits}."
