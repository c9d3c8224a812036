"""CRMs that can be told. One file per CRM, one line in the list; whatever they answer is untrusted input."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import httpx
from pydantic import SecretStr

from profile_sync.core.converge import Change, Profile
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reply
from profile_sync.core.templates import UrlTemplate
from profile_sync.crms import rest


class Crm(Protocol):
    """Neither method raises for anything the CRM or the network does: that is what a Reply says."""

    async def read(self, customer: Customer) -> Profile | Reply:
        """The customer's profile; one that does not exist where the CRM does not know the customer."""
        ...

    async def write(self, customer: Customer, change: Change) -> Reply:
        """Carry out a change, if the profile is still as it was read and if the key is new to the CRM."""
        ...


class Target(NamedTuple):
    """Which CRM, and how to get in."""

    url: UrlTemplate
    token: SecretStr | None
    timeout_seconds: float


CRMS: dict[str, Callable[[httpx.AsyncClient, Target], Crm]] = {
    "rest": lambda client, target: rest.RestCrm(client, target.url, target.token, target.timeout_seconds),
}
