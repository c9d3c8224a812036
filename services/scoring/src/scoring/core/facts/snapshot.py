"""What the newest snapshot of an interaction said, and what it adds to the sums."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct, structs

from events.hours.business import Calendars, business_seconds
from events.interaction import Interaction
from scoring.core.attribution import Attribution
from scoring.core.clock import instant_of, moment, ms_of
from scoring.core.contribution import Contribution, Observations
from scoring.core.facts.pseudonym import digest
from scoring.core.measures import CONTACTS, RESPONSES, Sums

SERVICE_LEVEL_MS = 20_000
FARTHEST = timedelta(days=1)
"""How far ahead of our clock a reply may be said to be; a sender's clock may be wrong, but not by years."""


class Snapshot(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """What the newest snapshot of the interaction said, as far as it counts. Moments and durations in ms.

    The order of the fields is how a stored one is read: append, with a default.
    """

    version: int
    at: int
    channel: str
    team: str | None
    agent: str | None
    reason: str | None
    customer: str | None
    inbound: bool
    answered: bool
    abandoned: bool
    callback_queued: bool
    wait_ms: int | None
    handle_ms: int | None
    wrap_ms: int | None
    hold_ms: int | None
    resolved: bool | None
    reopened: bool
    transferred: bool
    respond_from: int | None = None
    responded_at: int | None = None
    business_ms: int = 0
    replier: str | None = None

    @property
    def attribution(self) -> Attribution:
        return Attribution(self.channel, self.team, self.agent, self.reason)

    def recalled(self, calendars: Calendars) -> "Snapshot":
        """With business time as the calendars are now."""
        if self.respond_from is None or self.responded_at is None:
            return self
        worked = _business_ms(self.respond_from, self.responded_at, self.team, calendars)
        return structs.replace(self, business_ms=worked)

    def contributions(self) -> Iterator[Contribution]:
        yield Contribution(CONTACTS.name, self.at, self.attribution, _contact_sums(self), _durations(self))
        if self.respond_from is not None and self.responded_at is not None:
            yield _response(self, self.responded_at - self.respond_from)


def snapshot_of(tenant: str, interaction: Interaction, recorded_at: datetime, calendars: Calendars) -> Snapshot:
    talked = interaction.talk_seconds is not None
    start, replied = _response_span(interaction, recorded_at)
    return Snapshot(
        version=interaction.version,
        at=moment(interaction.offered_at, recorded_at),
        channel=interaction.channel,
        team=interaction.team,
        agent=interaction.agent,
        reason=interaction.reason,
        customer=digest(tenant, interaction.customer_id),
        inbound=interaction.direction == "inbound",
        answered=interaction.answered_at is not None,
        abandoned=bool(interaction.abandoned),
        callback_queued=interaction.callback_queued,
        wait_ms=_ms(interaction.wait_seconds),
        handle_ms=_ms(interaction.handle_seconds) if talked else None,
        wrap_ms=_ms(interaction.wrap_seconds),
        hold_ms=_ms(interaction.hold_seconds),
        resolved=interaction.resolved,
        reopened=interaction.reopened > 0,
        transferred=interaction.transfers > 0,
        respond_from=start,
        responded_at=replied,
        business_ms=0
        if start is None or replied is None
        else _business_ms(start, replied, interaction.team, calendars),
        replier=interaction.first_response_by,
    )


def _response_span(interaction: Interaction, recorded_at: datetime) -> tuple[int | None, int | None]:
    """From when on the customer waited for a person's reply, and when it came; None twice where that is not known.

    A reply that has yet to come is none: some systems put a date far ahead where there was none.
    """
    replied = interaction.first_response_at
    if replied is None or replied > recorded_at + FARTHEST:
        return None, None
    starts = (interaction.bot_handoff_at, interaction.reopened_at, interaction.first_message_at)
    start = max([interaction.offered_at, *(moment for moment in starts if moment is not None)])
    return (ms_of(start), ms_of(replied)) if replied >= start else (None, None)


def _business_ms(start: int, end: int, team: str | None, calendars: Calendars) -> int:
    return round(business_seconds(instant_of(start), instant_of(end), calendars.of(team)) * 1000)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _response(facts: Snapshot, waited: int) -> Contribution:
    credited = facts.attribution._replace(agent=facts.replier) if facts.replier else facts.attribution
    sums = {"responded": 1, "response_ms": waited, "response_in_hours": 1, "response_business_ms": facts.business_ms}
    durations = (("response", waited), ("response_business", facts.business_ms))
    return Contribution(RESPONSES.name, facts.at, credited, sums, durations)


def _contact_sums(facts: Snapshot) -> Sums:
    sums = {"contacts": 1}
    if facts.inbound:
        sums |= _queue_sums(facts)
    if facts.answered and facts.handle_ms is not None:
        sums |= {"handled": 1, "handle_ms": facts.handle_ms}
        if facts.wrap_ms is not None:
            sums |= {"wrapped": 1, "wrap_ms": facts.wrap_ms}
        if facts.hold_ms is not None:
            sums |= {"held": 1, "hold_ms": facts.hold_ms}
    if facts.resolved is not None:
        sums |= {"resolution_known": 1, "resolved": int(facts.resolved)}
    if facts.reopened:
        sums["reopened"] = 1
    if facts.transferred:
        sums["transferred"] = 1
    return sums


def _queue_sums(facts: Snapshot) -> dict[str, int]:
    if not (facts.answered or facts.abandoned or facts.callback_queued):
        return {}
    if not facts.answered:
        return {"queued": 1, "abandoned": int(facts.abandoned and not facts.callback_queued)}
    if facts.wait_ms is None:
        return {"queued": 1, "answered": 1}
    within = int(facts.wait_ms <= SERVICE_LEVEL_MS)
    return {"queued": 1, "answered": 1, "waited": 1, "wait_ms": facts.wait_ms, "within_target": within}


def _durations(facts: Snapshot) -> Observations:
    found = []
    if facts.inbound and facts.answered and facts.wait_ms is not None:
        found.append(("wait", facts.wait_ms))
    if facts.answered and facts.handle_ms is not None:
        found.append(("handle", facts.handle_ms))
        if facts.wrap_ms is not None:
            found.append(("wrap", facts.wrap_ms))
        if facts.hold_ms is not None:
            found.append(("hold", facts.hold_ms))
    return tuple(found)
