"""What must come of the events that were posted: a model of the promises, far simpler than what keeps them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from amends.simulation.centre import SAID_IN_WORDS
from amends.simulation.said import Said
from events.catalog import BY_NAME
from events.mention import Mention
from events.preference import DoNotContact, Preference
from events.scales import SCALES
from events.survey import SurveyResponse

FRESH = timedelta(minutes=60)

Wish = tuple[str, str | bool]
"""A field of the CRM and the value it should have."""


class Expectations:
    """Fold every event in, in the order it was posted.

    A case is expected for the first bad answer, still fresh, about a contact; nobody turns unhappy about one twice.
    A profile is expected to say what the newest report of the newest response says.
    """

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], str] = {}
        """Every distinct event, with its type."""
        self.cases: dict[str, str] = {}
        """Event id → what the case is about."""
        self._about: set[str] = set()
        self._versions: dict[str, int] = {}
        self._responses: dict[str, SurveyResponse] = {}

    def posted(self, said: Said, now: datetime) -> None:
        if said.identity in self.events:
            return
        self.events[said.identity] = said.payload.TYPE
        if isinstance(said.payload, SurveyResponse):
            self._answered(said, said.payload, now)
        elif isinstance(said.payload, Mention) and said.payload.stance == "negative":
            self._bad(said, f"mention {said.payload.mention_id}", now - said.payload.published_at)

    @property
    def by_topic(self) -> Counter[str]:
        """Topic → distinct events."""
        return Counter(BY_NAME[type_].topic.name for type_ in self.events.values())

    @property
    def customers(self) -> set[str]:
        """Everybody who answered a survey."""
        return {response.customer_id for response in self._responses.values() if response.customer_id}

    def profiles(self) -> Mapping[str, Mapping[str, str | bool]]:
        """Customer → field → value."""
        found: dict[str, list[Wish]] = {}
        for response in sorted(self._responses.values(), key=lambda r: r.submitted_at):
            if response.customer_id:
                found.setdefault(response.customer_id, []).extend(_clear(wishes_of(response)))
        return {who: profile for who, wishes in found.items() if (profile := _profile(wishes))}

    def _answered(self, said: Said, response: SurveyResponse, now: datetime) -> None:
        if response.version <= self._versions.get(response.response_id, -1):
            return
        self._versions[response.response_id] = response.version
        self._responses[response.response_id] = response
        value = response.counted
        if value is not None and SCALES[response.scale].sentiment(value) == "dissatisfied":
            about = response.interaction_id or response.response_id
            self._bad(said, f"contact {about}", now - response.submitted_at)

    def _bad(self, said: Said, about: str, age: timedelta) -> None:
        if age <= FRESH and about not in self._about:
            self._about.add(about)
            self.cases[said.id] = about


def wishes_of(response: SurveyResponse) -> set[Wish]:
    """What a response asks for, ticked or in words."""
    words = response.comment or ""
    said = [preference for sentence, preference in SAID_IN_WORDS.items() if sentence in words]
    return {field_of(preference) for preference in (*response.preferences, *said)}


def field_of(preference: Preference) -> Wish:
    """The CRM's field and value for a preference."""
    if isinstance(preference, DoNotContact):
        return f"do_not_contact_{preference.value.replace('-', '_')}", preference.stop
    return preference.kind, preference.value


def _clear(wishes: set[Wish]) -> set[Wish]:
    """Without those that contradict another of the same answer: a person decides about them."""
    return {one for one in wishes if not any(_contradict(one, other) for other in wishes if other != one)}


def _contradict(one: Wish, other: Wish) -> bool:
    return one[0] == other[0] or _forbidden_by(one) == other or _forbidden_by(other) == one


def _forbidden_by(wish: Wish) -> Wish | None:
    """The stop that this wish runs against."""
    match wish:
        case ("contact_channel", channel):
            return f"do_not_contact_{str(channel).replace('-', '_')}", True
        case ("call_back", True):
            return "do_not_contact_phone", True
    return None


def _profile(wishes: list[Wish]) -> dict[str, str | bool]:
    """From the oldest to the newest, the newest holds; but nothing against a stop that was not taken back.

    What is asked for after the stop waits for a person. What was asked for before it is over, with all that it had
    replaced.
    """
    stops = {name: (value, at) for at, (name, value) in enumerate(wishes) if name.startswith("do_not_contact_")}
    found: dict[str, str | bool] = {}
    for at, (name, value) in enumerate(wishes):
        forbidden, since = stops.get((_forbidden_by((name, value)) or ("", True))[0], (False, 0))
        if not forbidden:
            found[name] = value
        elif at < since:
            found.pop(name, None)
    return found
