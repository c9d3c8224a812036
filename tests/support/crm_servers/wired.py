"""An adapter wired to its local CRM: read, and write bare values."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from profile_sync.core.converge import Change, Profile
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reply
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Crm, Layout
from support.crm_servers.served import ServedCrm, serving

S = TypeVar("S", bound=ServedCrm)
ID = "cus-42"


def field(value: Any, source: str = "survey resp-9001") -> dict[str, Any]:
    return {"value": value, "stated_at": "2026-03-02T09:40:00Z", "source": source}


@dataclass
class Wired(Generic[S]):
    server: S
    crm: Crm

    async def look(self, customer_id: str = ID) -> Profile | Reply:
        return await self.crm.read(Customer("default", customer_id))

    async def read(self, customer_id: str = ID) -> Profile:
        found = await self.look(customer_id)
        assert isinstance(found, Profile), found
        return found

    async def write(
        self, values: Mapping[str, Any], profile: Profile | None = None, customer_id: str = ID, **told: str
    ) -> Reply:
        """Bare values (None clears) to the profile as it was read: before, or now. ``told``: ``source``."""
        profile = profile or await self.read(customer_id)
        fields = {name: None if value is None else field(value, **told) for name, value in values.items()}
        change = Change(fields, profile.etag, profile.exists, "amends-key", profile.ref)
        return await self.crm.write(Customer("default", customer_id), change)

    @property
    def methods(self) -> list[str]:
        return [call.method for call in self.server.calls]


@contextlib.asynccontextmanager
async def wiring(server: S, adapter: Callable[[Exchange, Layout], Crm]) -> AsyncIterator[Wired[S]]:
    async with serving(server), httpx.AsyncClient(trust_env=False) as client:
        yield Wired(server, adapter(Exchange(client, server.auth(client), 5.0), server.layout))
