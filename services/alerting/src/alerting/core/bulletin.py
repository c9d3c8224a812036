"""Notices about more than one case: a systemic incident, and a bundle. Nothing personal, as in every notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerting.core.message import Facts, Notice, What, of_case

BUNDLE_IDS = 1000
"""A bundle's data names so many of its cases at most, and always counts all."""
BUNDLE_TEAMS = 10


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What a notification may know about a systemic incident. ``cases``: how many are linked to it so far.

    ``title`` and ``key`` name a team, a queue, a cause: never a person outside the house.
    """

    incident_id: UUID
    tenant: str
    title: str
    dimension: str
    key: str
    cases: int
    opened_at: datetime
    state: str = "open"
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """Many cases told in one message. ``teams``: how many of them are whose, None where no team is known."""

    tenant: str
    made_at: datetime
    teams: Mapping[str | None, int]
    case_ids: tuple[UUID, ...]


AnyFacts = Facts | IncidentFacts | BundleFacts


def compose(what: What, facts: AnyFacts, public_url: str) -> Notice:
    """The notice of whatever is told."""
    match facts:
        case IncidentFacts():
            return of_incident(facts, public_url)
        case BundleFacts():
            return bundle(facts, public_url)
        case _:
            return of_case(what, facts, public_url)


def of_incident(facts: IncidentFacts, public_url: str) -> Notice:
    """What the owner of a systemic incident is told."""
    link = f"{public_url}/desk/incidents/{facts.incident_id}"
    data = {
        "incident_id": str(facts.incident_id),
        "tenant": facts.tenant,
        "title": facts.title,
        "dimension": facts.dimension,
        "key": facts.key,
        "state": facts.state,
        "cases": facts.cases,
        "owner": facts.owner,
        "opened_at": facts.opened_at.isoformat(),
        "desk_url": link,
    }
    text = f"{_cases(facts.cases)} may have one reason. Look at them together:\n{link}"
    fields = (("Cases", str(facts.cases)), (facts.dimension.replace("_", " ").capitalize(), facts.key))
    told = {"type": "incident.opened", "timestamp": facts.opened_at.isoformat(), "data": data}
    return Notice("incident", f"Incident: {_one_line(facts.title)}"[:150], text, link, told, fields, urgent=True)


def bundle(facts: BundleFacts, public_url: str) -> Notice:
    """Many cases in one message: how many, whose, and where they wait."""
    link, count = f"{public_url}/desk/", len(facts.case_ids)
    by_size = sorted(facts.teams.items(), key=lambda each: (-each[1], each[0] is None, each[0] or ""))
    data = {
        "tenant": facts.tenant,
        "cases": count,
        "teams": [{"team": team, "cases": number} for team, number in by_size],
        "case_ids": [str(each) for each in facts.case_ids[:BUNDLE_IDS]],
        "desk_url": link,
    }
    fields = tuple((_one_line(team or "No team"), str(number)) for team, number in by_size[:BUNDLE_TEAMS])
    waits = "waits" if count == 1 else "wait"
    text = f"There are too many to tell you of each. The queue has them all:\n{link}"
    told = {"type": "bundle", "timestamp": facts.made_at.isoformat(), "data": data}
    return Notice("bundle", f"{_cases(count, 'more ')} {waits}", text, link, told, fields, urgent=True)


def _cases(count: int, more: str = "") -> str:
    return f"{count} {more}case{'' if count == 1 else 's'}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
