"""What a CRM is to us: a profile that can be read and, as far as nobody else changed it, written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from profile_sync.core.converge import Change, Profile
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reply


class Capabilities(NamedTuple):
    """What an adapter does with its CRM; shown to the operator, and the contract suite holds it to it.

    Attributes:
        conditional: a write is refused (412) if somebody changed the profile since it was read.
        upsert: a customer whom the CRM does not know is made; otherwise such a push is parked.
        provenance: where a value comes from is kept beside each value; otherwise all of it in one field as text.
        idempotent: the CRM knows a repeated write by its key.
    """

    conditional: bool
    upsert: bool
    provenance: bool
    idempotent: bool


class Crm(Protocol):
    """Neither method raises for anything the CRM or the network does: that is what a Reply says."""

    capabilities: Capabilities

    async def read(self, customer: Customer) -> Profile | Reply:
        """The customer's profile under our names of its fields; ``exists=False`` where the CRM knows no such customer.

        Values are as we write them: text, or for ``do_not_contact_…`` and ``call_back`` true or false. A value that
        is none of ours (a human typed it) comes as it is.
        """
        ...

    async def write(self, customer: Customer, change: Change) -> Reply:
        """Carry out a change of our fields (None clears), if the profile is still as it was read."""
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in the operator's CRM.

    Attributes:
        url: of the API, without a trailing slash; for ``rest`` the template of a profile's URL.
        names: our name of a field -> the CRM's; what is missing is ``prefix`` and our name.
        find_by: the CRM's field that holds our customer id; each adapter has a default.
    """

    url: str
    names: Mapping[str, str] = field(default_factory=dict)
    prefix: str = "amends_"
    find_by: str | None = None

    def name(self, field: str) -> str:
        return self.names.get(field, f"{self.prefix}{field}")
