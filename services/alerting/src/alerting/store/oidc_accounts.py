"""People whom a provider knows: their way there and back, and the account that is made when they first arrive."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.accounts import Role
from alerting.store import audit_log
from events.runtime.database import transaction

FLOW_LASTS = timedelta(minutes=15)

_SET_OUT = text(
    "INSERT INTO oidc_flow (digest, target, ends_at) VALUES (:digest, :target, now() + CAST(:lasts AS interval))"
)
_TIDY = text("DELETE FROM oidc_flow WHERE ends_at < now()")
_BACK = text("DELETE FROM oidc_flow WHERE digest = :digest RETURNING target, ends_at > now() AS in_time")
_FIND = text(
    "SELECT id, name, role, disabled_at IS NOT NULL AS disabled FROM account"
    " WHERE tenant = :tenant AND issuer = :issuer AND subject = :subject FOR UPDATE"
)
_TAKEN = text("SELECT lower(name) FROM account WHERE tenant = :tenant AND lower(name) = ANY(CAST(:names AS text[]))")
_ADD = text(
    "INSERT INTO account (tenant, issuer, subject, name, role) VALUES (:tenant, :issuer, :subject, :name, :role)"
    " RETURNING id"
)
_RENEW = text("UPDATE account SET name = :name, role = :role, changed_at = now() WHERE id = :id")
_END_SESSIONS = text("DELETE FROM session WHERE account_id = :id")

MOST_NAMESAKES = 50


@dataclass(frozen=True, slots=True)
class Person:
    """What the provider says of somebody: ``subject`` is theirs for ever, name and role may change."""

    issuer: str
    subject: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Arrived:
    id: UUID
    name: str
    disabled: bool


class OidcAccounts:
    """Raises Unavailable."""

    def __init__(self, engine: AsyncEngine, tenant: str) -> None:
        self._engine = engine
        self._tenant = tenant

    async def set_out(self, digest: bytes, target: str) -> None:
        """Somebody leaves for the provider; ``target`` is where they want to be afterwards."""
        async with transaction(self._engine) as tx:
            await tx.execute(_TIDY)
            await tx.execute(_SET_OUT, {"digest": digest, "target": target, "lasts": FLOW_LASTS})

    async def back(self, digest: bytes) -> str | None:
        """Where they wanted to be; None where nobody set out like that, is back already, or took too long."""
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_BACK, {"digest": digest})).one_or_none()
        return row.target if row and row.in_time else None

    async def arrived(self, person: Person, network: str | None) -> Arrived:
        """Their account, made where there is none, with the name and role they have now."""
        try:
            return await self._arrived(person, network)
        except IntegrityError:  # they, or a namesake, arrived at the same moment
            return await self._arrived(person, network)

    async def _arrived(self, person: Person, network: str | None) -> Arrived:
        key = {"tenant": self._tenant, "issuer": person.issuer, "subject": person.subject}
        async with transaction(self._engine) as tx:
            found = (await tx.execute(_FIND, key)).one_or_none()
            name = await self._free(tx, person.name, found.name if found else None)
            if found is None:
                made: UUID = (await tx.execute(_ADD, {**key, "name": name, "role": person.role})).scalar_one()
                await self._tell(tx, name, "account.added", made, {"role": person.role}, network)
                return Arrived(made, name, disabled=False)
            if found.disabled:
                return Arrived(found.id, found.name, disabled=True)
            if (found.name, found.role) != (name, person.role):
                await tx.execute(_RENEW, {"id": found.id, "name": name, "role": person.role})
                await self._tell(tx, name, "account.renewed", found.id, {"role": person.role}, network)
            if found.role != person.role:
                await tx.execute(_END_SESSIONS, {"id": found.id})
            return Arrived(found.id, name, disabled=False)

    async def _free(self, tx: AsyncConnection, wanted: str, had: str | None) -> str:
        """The name, with a number where somebody else has it; a number once given is kept."""
        names = [wanted, *(f"{wanted} ({number})" for number in range(2, MOST_NAMESAKES))]
        if had in names:
            return had
        rows = await tx.scalars(_TAKEN, {"tenant": self._tenant, "names": [name.lower() for name in names]})
        taken = set(rows)
        return next(name for name in names if name.lower() not in taken)

    async def _tell(
        self, tx: AsyncConnection, who: str, what: str, id_: UUID, detail: dict[str, str], network: str | None
    ) -> None:
        await audit_log.add(tx, self._tenant, who, what, f"account:{id_}", detail, network=network)
