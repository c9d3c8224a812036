"""What a batch of events changes. Pure: facts go in, changed facts and what to add to the sums come out.

Two rounds, since whom a contact is linked with is known only from the contact: first contacts, mentions and cases;
then the customers and surveys that the changed ones name, or named before.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from events.envelope import Event
from events.hours.business import Calendars
from scoring.core.facts import Fact, empty
from scoring.core.facts.answer_sums import score_of
from scoring.core.facts.case import Case
from scoring.core.facts.contact import Contact
from scoring.core.facts.customer import Customer, Link, Opened, Score, Visit
from scoring.core.facts.mention import PublicMention
from scoring.core.facts.pseudonym import digest
from scoring.core.facts.survey import Survey


class Key(NamedTuple):
    tenant: str
    id: str


class Change(NamedTuple):
    before: Fact
    after: Fact


class Batch:
    """The steps of a batch, in this order: ``answers`` and ``firsts`` say what to load, ``report`` applies the events;
    ``seconds`` says what to load next, ``link`` applies that; ``forgotten`` what to load last, ``unlink`` that.
    """

    def __init__(self, events: Sequence[Event[Any]], calendars: Calendars) -> None:
        self._events = events
        self._calendars = calendars
        self._before: dict[Key, Fact] = {}
        self._after: dict[Key, Fact] = {}
        self._homes: dict[Key, str | None] = {}
        self._links: dict[Key, list[tuple[str, Link | None, Link | None]]] = {}
        self._returns: dict[Key, list[tuple[str, bool]]] = {}

    def answers(self) -> set[Key]:
        """The answers whose contact so far must be known."""
        return {_response(event) for event in self._events if event.type == "survey.answered"}

    def firsts(self, homes: Mapping[Key, str | None]) -> set[Key]:
        """The contacts, mentions and cases to load. ``homes``: the contact that each answer hangs on so far."""
        self._homes = dict(homes)
        moved = {Key(key.tenant, home) for key, home in homes.items() if home}
        return moved | {key for event in self._events if (key := _first(event)) is not None}

    def report(self, known: Mapping[Key, Fact]) -> None:
        """Apply what the events say of these."""
        self._take(known)
        for event in self._events:
            if (about := _first(event)) is not None:
                self._apply(about, event)
        for key, (before, after) in self.changes().items():
            self._relink(key, before, after)

    def seconds(self) -> set[Key]:
        """The customers and surveys to load."""
        asked = {key for event in self._events if (key := _second(event)) is not None}
        return asked | self._links.keys() | self._returns.keys()

    def link(self, known: Mapping[Key, Fact]) -> None:
        """Apply what the changes of contacts and cases, and the events themselves, mean for these."""
        self._take(known)
        for key, links in self._links.items():
            for id_, old, new in links:
                self._after[key] = _customer(self._after[key]).linked(id_, old, new)
        for key, returns in self._returns.items():
            for response, completed in sorted(returns, key=_removals_first):
                self._after[key] = _survey(self._after[key]).linked(response, completed)
        for event in self._events:
            about = _second(event)
            if about is not None and event.type == "survey.sent":
                self._after[about] = _survey(self._after[about]).sent(event.data, event.recorded_at)
            elif about is not None:
                self._after[about] = _customer(self._after[about]).forgotten()

    def forgotten(self) -> set[Key]:
        """The contacts and cases to load that still name a customer who is erased."""
        found: set[Key] = set()
        for key, fact in self._after.items():
            if isinstance(fact, Customer) and fact.erased:
                before = _customer(self._before[key])
                found |= {Key(key.tenant, id_) for id_ in (*before.visits, *before.cases)}
                found |= {Key(key.tenant, id_.split(" ", 1)[0]) for id_ in before.scores}
                found |= {Key(key.tenant, id_.split(" ", 1)[0]) for id_, _, new in self._links.get(key, ()) if new}
        return found

    def unlink(self, known: Mapping[Key, Fact]) -> None:
        """Take the names of erased customers from these."""
        self._take({key: fact for key, fact in known.items() if key not in self._before})
        erased = [key for key, fact in self._after.items() if isinstance(fact, Customer) and fact.erased]
        for tenant, id_ in erased:
            for key, fact in self._after.items():
                if tenant == key.tenant and isinstance(fact, Contact | Case):
                    self._after[key] = fact.unlinked(id_.split("/", 1)[1])

    def changes(self) -> dict[Key, Change]:
        """Everything that is not as it was."""
        before = self._before
        return {
            key: Change(before[key], fact)
            for key, fact in self._after.items()
            if fact is not before[key] and fact != before[key]
        }

    def moved(self, homes: Mapping[Key, str | None]) -> dict[Key, str]:
        """The answers that hang on another contact than ``homes`` says."""
        return {key: home for key, home in self._homes.items() if home is not None and home != homes[key]}

    def _take(self, known: Mapping[Key, Fact]) -> None:
        self._before.update(known)
        self._after.update(known)

    def _apply(self, key: Key, event: Event[Any]) -> None:
        fact = self._after[key]
        if isinstance(fact, Contact):
            if event.type == "survey.answered":
                self._answer(key, event)
            else:
                self._after[key] = fact.reported(key.tenant, event.data, event.recorded_at, self._calendars)
        elif isinstance(fact, PublicMention):
            self._after[key] = fact.published(event.data, event.recorded_at)
        elif isinstance(fact, Case):
            self._after[key] = fact.reported(key.tenant, event.data, event.recorded_at)

    def _answer(self, key: Key, event: Event[Any]) -> None:
        response, answer = event.data, _response(event)
        home = self._homes[answer]
        if home is not None and home != key.id:
            place = Key(key.tenant, home)
            left = _contact(self._after[place])
            if response.version <= left.answers[response.response_id].version:
                return
            self._after[place] = left.without(response.response_id)
        self._after[key] = _contact(self._after[key]).answered(key.tenant, response, event.recorded_at)
        self._homes[answer] = key.id

    def _relink(self, key: Key, before: Fact, after: Fact) -> None:
        old, new = _links(key.id, before), _links(key.id, after)
        for name in old.keys() | new.keys():
            customer, id_ = name
            was, is_ = old.get(name), new.get(name)
            if was != is_:
                self._links.setdefault(Key(key.tenant, f"customer/{customer}"), []).append((id_, was, is_))
        if isinstance(before, Contact) and isinstance(after, Contact):
            had, has = _surveys(before), _surveys(after)
            for survey, response in had - has:
                self._returns.setdefault(Key(key.tenant, f"survey/{survey}"), []).append((response, False))
            for survey, response in has - had:
                self._returns.setdefault(Key(key.tenant, f"survey/{survey}"), []).append((response, True))


def _first(event: Event[Any]) -> Key | None:
    data = event.data
    match event.type:
        case "interaction.reported":
            return Key(event.tenant, f"interaction/{data.interaction_id}")
        case "survey.answered":
            if data.interaction_id is not None:
                return Key(event.tenant, f"interaction/{data.interaction_id}")
            return Key(event.tenant, f"response/{data.response_id}")
        case "mention.published":
            return Key(event.tenant, f"mention/{data.mention_id}")
        case "case.reported":
            return Key(event.tenant, f"case/{data.case_id}")
    return None


def _second(event: Event[Any]) -> Key | None:
    match event.type:
        case "survey.sent":
            return Key(event.tenant, f"survey/{event.data.survey_id}")
        case "customer.erased":
            return Key(event.tenant, f"customer/{digest(event.tenant, event.data.customer_id)}")
    return None


def _response(event: Event[Any]) -> Key:
    return Key(event.tenant, event.data.response_id)


def _links(id_: str, fact: Fact) -> dict[tuple[str, str], Link]:
    """What a contact or a case means to which customer: (customer, key there) to link."""
    if isinstance(fact, Case):
        if fact.customer is None:
            return {}
        score = None if fact.outcome == "dismissed" else fact.score
        opened = Opened(fact.opened_at, fact.response, fact.instrument, score, *fact.attribution)
        return {(fact.customer, id_): opened}
    found: dict[tuple[str, str], Link] = {}
    if isinstance(fact, Contact):
        facts = fact.facts
        if facts is not None and facts.customer:
            found[facts.customer, id_] = Visit(facts.at, facts.inbound, facts.resolved is True, *facts.attribution)
        for response, answer in fact.answers.items():
            customer = answer.customer if answer.customer is not None else facts and facts.customer
            if customer:
                score = None if answer.value is None else score_of(answer.scale, answer.value)
                found[customer, f"{id_} {response}"] = Score(answer.at, response, answer.instrument, score)
    return found


def _surveys(contact: Contact) -> set[tuple[str, str]]:
    return {(a.survey, id_) for id_, a in contact.answers.items() if a.survey is not None and a.value is not None}


def _removals_first(link: tuple[str, bool]) -> bool:
    """An answer that moves to another contact is taken from one and added by the other, in any order."""
    return link[1]


def _contact(fact: Fact) -> Contact:
    assert isinstance(fact, Contact)  # noqa: S101  (an id says of what kind its fact is)
    return fact


def _customer(fact: Fact) -> Customer:
    assert isinstance(fact, Customer)  # noqa: S101
    return fact


def _survey(fact: Fact) -> Survey:
    assert isinstance(fact, Survey)  # noqa: S101
    return fact


def missing(wanted: Iterable[Key], known: Mapping[Key, Fact]) -> dict[Key, Fact]:
    """Nothing known yet of the rest."""
    return {key: empty(key.id) for key in wanted if key not in known}
