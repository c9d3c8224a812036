"""Who of a batch of events is somebody: those who asked to be forgotten are not, in whatever order it comes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.forgetting import Forgetting
from alerting.store import erased
from alerting.store.contacts import Key
from alerting.store.erased import Customer
from events.customer import CustomerErased
from events.envelope import Event
from events.interaction import Interaction


class Came(NamedTuple):
    """What is left of a batch.

    Attributes:
        events: without what forgotten people said; their contacts are nobody's.
        nobodys: those contacts.
    """

    events: Sequence[Event[Any]]
    nobodys: frozenset[Key] = frozenset()


async def living(tx: AsyncConnection, events: Sequence[Event[Any]], forgetting: Forgetting) -> Came:
    """Forget those who ask for it, and take those who ever did out of the rest of the batch.

    Until the end of ``tx`` nobody else of these tenants is forgotten.
    """
    going = {Customer(event.tenant, event.data.customer_id) for event in events if _asks(event)}
    if going:
        await forgetting.forget(tx, going)
    await erased.share(tx, {event.tenant for event in events})
    gone = await erased.among(tx, {who for event in events if (who := _whose(event)) is not None})
    if not gone:
        return Came(events)
    theirs = [event for event in events if _whose(event) in gone and isinstance(event.data, Interaction)]
    nobodys = frozenset((event.tenant, event.data.interaction_id) for event in theirs)
    left = (event if _whose(event) not in gone else _nobodys(event) for event in events)
    return Came([event for event in left if event is not None], nobodys)


def _asks(event: Event[Any]) -> bool:
    return isinstance(event.data, CustomerErased)


def _whose(event: Event[Any]) -> Customer | None:
    id_ = getattr(event.data, "customer_id", None)
    return None if id_ is None else Customer(event.tenant, id_)


def _nobodys(event: Event[Any]) -> Event[Any] | None:
    if not isinstance(event.data, Interaction):
        return None
    data = event.data.model_copy(update={"customer_id": None})
    return Event(event.id, event.source, event.tenant, event.time, event.recorded_at, data)
