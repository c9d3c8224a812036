"""A CRM of flat records: found by our customer id, changed by the CRM's own id, and looked at again before a write.

That second look tells where values come from (one field for all) and whether somebody changed ours since they were
read. Between it and the write there is one round trip, unless the CRM itself can be told a condition.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from profile_sync.core.converge import Change, Profile
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.exchange import Answer, Exchange, Unreadable
from profile_sync.crms.flat import Bare, Flat, stamp
from profile_sync.crms.port import Capabilities

SEVERAL = Reply(failure=Reason.UNADDRESSABLE)
"""More than one record holds this customer id: parked, for a human to merge them."""
CHANGED = Reply(412)
ANOTHER = Reply(409)
"""The record is not there any more, or is there by now: read again."""


class Record(NamedTuple):
    """A customer's record as the CRM has it.

    Attributes:
        ref: the CRM's own id, fit to stand in a URL.
        values: under the CRM's names.
        since: when it was last changed, as the CRM wants to be told with a write.
    """

    ref: str
    values: Mapping[str, Any]
    since: str | None = None


class RecordCrm(ABC):
    """What the CRMs of flat records have in common. The methods of a subclass may raise Unreadable."""

    capabilities: Capabilities

    def __init__(self, exchange: Exchange, flat: Flat) -> None:
        self._exchange = exchange
        self._flat = flat

    @abstractmethod
    async def _find(self, customer_id: str) -> Record | Reply | None:
        """The one record that holds exactly this id."""

    @abstractmethod
    async def _change(self, record: Record, values: Mapping[str, Bare]) -> Reply:
        """Set these of its values; None clears. A record that is gone is ANOTHER."""

    async def _make(self, customer_id: str, values: Mapping[str, Bare]) -> Reply:
        """Parked, where the CRM cannot have a customer of whom nothing is known but an id."""
        return Reply(404)

    async def read(self, customer: Customer) -> Profile | Reply:
        try:
            found = await self._find(customer.customer_id)
            if isinstance(found, Reply):
                return found
            if found is None:
                return Profile({}, exists=False, flat=True)
            fields = self._flat.ours(found.values)
            traces = self._flat.traces(found.values)
            return Profile(fields, stamp(fields), ref=found.ref, flat=True, traces=traces)
        except (Unreadable, RecursionError):
            return Reply(failure=Reason.UNREADABLE)

    async def write(self, customer: Customer, change: Change) -> Reply:
        try:
            found = await self._find(customer.customer_id)
            if isinstance(found, Reply):
                return found
            if found is None:
                return ANOTHER if change.exists else await self._make(customer.customer_id, self._told(change, {}))
            if found.ref != change.ref:
                return ANOTHER
            if stamp(self._flat.ours(found.values)) != change.etag:
                return CHANGED
            return await self._change(found, self._told(change, found.values))
        except (Unreadable, RecursionError):
            return Reply(failure=Reason.UNREADABLE)

    def _told(self, change: Change, values: Mapping[str, Any]) -> dict[str, Bare]:
        return self._flat.theirs(change.fields, values, traceless=change.traceless)


def one(records: Any, holds: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any] | Reply | None:
    """The only one of the records found that ``holds`` exactly our id: CRMs compare without regard to case."""
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Unreadable
    exact = [record for record in records if holds(record)]
    return SEVERAL if len(exact) > 1 else exact[0] if exact else None


def number(value: Any) -> str:
    """A numeric id, to stand in a URL."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable
    return str(value)


def mapping(value: Any) -> Mapping[str, Any]:
    """An object of an answer."""
    if not isinstance(value, dict):
        raise Unreadable
    return value


def documented(answer: Answer) -> Mapping[str, Any]:
    """The object that a good answer consists of. Unreadable is a 404 too: a search that is not there is no profile."""
    if answer.status not in (200, 201):
        raise Unreadable
    return mapping(answer.document())
