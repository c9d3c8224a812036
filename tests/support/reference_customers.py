"""What links one customer's contacts: who came back, and how recovery went. No code of scoring's is used here."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from events.case import CaseReported
from events.interaction import Interaction
from events.scales import SCALES
from support.reference_counts import Counted, Whom, between
from support.reference_facts import Facts, counted_at, whole_ms

REPEAT_WINDOW = timedelta(days=7)


def repeats(facts: Facts, crowd: int) -> Iterator[Counted]:
    """Every resolved contact of a known customer, by how often the customer came back; too young ones as well."""
    for timeline in _timelines(facts, crowd).values():
        for at, contact in timeline:
            if contact.resolved:
                again = sum(_is_repeat(at, contact, *later) for later in timeline)
                whom = Whom(contact.channel, contact.team, contact.agent, contact.reason)
                sums = {"settled": 1, "repeated_once": int(again == 1), "repeated_more": int(again > 1)}
                yield Counted(at, whom, sums)


def _timelines(facts: Facts, crowd: int) -> dict[str, list[tuple[datetime, Interaction]]]:
    """The contacts of each known customer; an id that more than ``crowd`` contacts share is no customer."""
    shared = _shared(facts, crowd)
    found: dict[str, list[tuple[datetime, Interaction]]] = {}
    for event in facts.contacts.values():
        customer = facts.linked(event.data.customer_id)
        if customer is not None and customer not in shared:
            seen = (counted_at(event.data.offered_at, event), event.data)
            found.setdefault(customer, []).append(seen)
    return found


def _shared(facts: Facts, crowd: int) -> frozenset[str | None]:
    contacts = Counter(event.data.customer_id for event in facts.contacts.values())
    return frozenset(customer for customer, many in contacts.items() if customer is not None and many > crowd)


def _is_repeat(at: datetime, contact: Interaction, later: datetime, other: Interaction) -> bool:
    same = contact.reason is None or other.reason is None or contact.reason == other.reason
    return other.direction == "inbound" and same and at < later <= at + REPEAT_WINDOW


def recovery(facts: Facts, crowd: int) -> Iterator[Counted]:
    shared = _shared(facts, crowd)
    for event in facts.cases.values():
        case = event.data
        if case.outcome == "dismissed":
            continue
        whom = Whom(case.channel, case.team, case.agent, case.reason)
        opened = counted_at(case.opened_at, event)
        if case.state == "closed" and case.closed_at is not None:
            sums = {"cases_closed": 1, "cases_recovered": int(case.outcome == "recovered")}
            yield Counted(counted_at(case.closed_at, event), whom, sums)
        yield Counted(opened, whom, *_desk(case))
        if case.customer_id not in shared:
            yield Counted(opened, whom, _rescored(case, opened, facts))


def _desk(case: CaseReported) -> tuple[dict[str, int], dict[str, int]]:
    sums: dict[str, int] = {}
    durations: dict[str, int] = {}
    if case.claimed_at is not None:
        durations["claim"] = between(case.opened_at, case.claimed_at)
        sums |= {"claimed": 1, "claim_ms": durations["claim"]}
    if case.contacted_at is not None:
        durations["contact"] = between(case.opened_at, case.contacted_at)
        sums |= {"contacted": 1, "contact_ms": durations["contact"]}
    if case.contact_due_at is not None and (case.contacted_at is not None or case.state == "closed"):
        in_time = case.contacted_at is not None and whole_ms(case.contacted_at) <= whole_ms(case.contact_due_at)
        sums |= {"contact_due": 1, "contacted_in_time": int(in_time)}
    return sums, durations


def _rescored(case: CaseReported, opened: datetime, facts: Facts) -> dict[str, int]:
    customer = facts.linked(case.customer_id)
    if customer is None or case.instrument is None or case.score_percent is None:
        return {}
    later = [
        (counted_at(event.data.submitted_at, event), event.data.response_id, event.data)
        for event in facts.answers.values()
        if facts.customer_of(event.data) == customer
        and event.data.status == "completed"
        and event.data.instrument == case.instrument
        and event.data.response_id != case.response_id
        and counted_at(event.data.submitted_at, event) > opened
    ]
    if not later:
        return {}
    _, _, answer = min(later, key=lambda found: found[:2])
    assert answer.value is not None
    gained = round(SCALES[answer.scale].percent(answer.value) * 1000) - round(case.score_percent * 1000)
    return {"rescored": 1, "rescore_millipercent": gained, "rescore_square": round(gained / 1000) ** 2}
