"""What the contract suite of the CRM adapters is made of: every adapter, wired to its CRM, on one customer."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from events.preference import MANY
from profile_sync.core.converge import Change, Plan, Profile, change
from profile_sync.core.preferences import Customer, is_flag
from profile_sync.core.replies import Reply
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Crm
from support.crm_servers.chatwoot import ChatwootServer
from support.crm_servers.hubspot import HubSpotServer
from support.crm_servers.rest import OddRestServer, RestServer
from support.crm_servers.salesforce import SalesforceServer
from support.crm_servers.served import ServedCrm, serving
from support.crm_servers.zendesk import ZendeskServer

SERVERS: tuple[type[ServedCrm], ...] = (
    RestServer,
    OddRestServer,
    SalesforceServer,
    HubSpotServer,
    ZendeskServer,
    ChatwootServer,
)

LONG = {"note", *MANY}
"""Fields that may hold more than a word or a short text."""
CUSTOMER = Customer("default", "cus-42")
STATED_AT = "2026-03-02T09:40:00Z"
TIMEOUT_SECONDS = 5.0
CERTIFICATES = ssl.create_default_context()
"""Read once: it takes longer than a test."""


def field(value: Any, source: str = "survey resp-9001") -> dict[str, Any]:
    return {"value": value, "stated_at": STATED_AT, "source": source}


def bare(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without where it comes from, and without what is empty."""
    values = {name: have["value"] if isinstance(have, Mapping) else have for name, have in fields.items()}
    return {name: value for name, value in values.items() if value not in (None, "")}


def fits(name: str, text: str) -> Any:
    return True if is_flag(name) else text


@dataclass
class Wired:
    server: Any
    crm: Crm

    async def read(self, customer: Customer = CUSTOMER) -> Profile:
        found = await self.crm.read(customer)
        assert isinstance(found, Profile), found
        return found

    async def write(
        self, fields: Mapping[str, Any], profile: Profile | None = None, customer: Customer = CUSTOMER
    ) -> Reply:
        """Write bare values (None clears) to the profile as it is now, or was when it was read."""
        return await self.crm.write(customer, await self.change(fields, profile, customer))

    async def change(
        self, fields: Mapping[str, Any], profile: Profile | None = None, customer: Customer = CUSTOMER
    ) -> Change:
        profile = profile or await self.read(customer)
        wanted = {name: None if value is None else field(value) for name, value in fields.items()}
        return change(customer, 1, Plan(wanted, {}, frozenset()), profile)

    async def succeeds(self, fields: Mapping[str, Any]) -> bool:
        reply = await self.write(fields)
        assert reply.status in (200, 201, 204), reply
        return True

    def holds(self, customer: Customer = CUSTOMER) -> dict[str, Any]:
        return dict(self.server.holds(customer.customer_id))


@contextlib.asynccontextmanager
async def wiring(kind: type[ServedCrm], *, timeout: float = TIMEOUT_SECONDS) -> AsyncIterator[Wired]:
    async with serving(kind()) as server, httpx.AsyncClient(trust_env=False, verify=CERTIFICATES) as client:
        exchange = Exchange(client, server.auth(client), timeout)
        yield Wired(server, server.adapter(exchange))
