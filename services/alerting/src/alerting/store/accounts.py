"""Accounts of the desk. A change, its entry in the audit log and the end of sessions are one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.accounts import Role
from alerting.store import audit_log
from events.runtime.database import transaction

INVITATION_LASTS = timedelta(hours=72)

_COLUMNS = (
    "id, tenant, name, role, login, password, must_change, issuer, created_at, changed_at, signed_in_at, disabled_at,"
    " invited_until > now() AS invited"
)
_ANY = text("SELECT EXISTS (SELECT FROM account WHERE tenant = :tenant)")
_LIST = text(f"SELECT {_COLUMNS} FROM account WHERE tenant = :tenant ORDER BY disabled_at IS NOT NULL, lower(name)")  # noqa: S608
_BY_LOGIN = text(f"SELECT {_COLUMNS} FROM account WHERE tenant = :tenant AND login = :login")  # noqa: S608
_BY_ID = text(f"SELECT {_COLUMNS} FROM account WHERE tenant = :tenant AND id = :id FOR UPDATE")  # noqa: S608
_INVITED = text(
    f"SELECT {_COLUMNS} FROM account WHERE tenant = :tenant AND invitation = :invitation AND invited_until > now()"  # noqa: S608
    " AND disabled_at IS NULL FOR UPDATE"
)
_ADD = text("INSERT INTO account (tenant, login, name, role) VALUES (:tenant, :login, :name, :role) RETURNING id")
_CHANGE = {
    "role": text("UPDATE account SET role = :role, changed_at = now() WHERE id = :id"),
    "disable": text(
        "UPDATE account SET disabled_at = now(), invitation = NULL, invited_until = NULL, changed_at = now()"
        " WHERE id = :id"
    ),
    "enable": text("UPDATE account SET disabled_at = NULL, changed_at = now() WHERE id = :id"),
    "password": text(
        "UPDATE account SET password = :password, must_change = :must_change, invitation = NULL, invited_until = NULL,"
        " changed_at = now() WHERE id = :id"
    ),
    "invite": text(
        "UPDATE account SET invitation = :invitation, invited_until = now() + CAST(:lasts AS interval),"
        " changed_at = now() WHERE id = :id"
    ),
}
_KEEP_ANEW = text("UPDATE account SET password = :new WHERE id = :id AND password = :old")
_END_SESSIONS = text("DELETE FROM session WHERE account_id = :id")


@dataclass(frozen=True, slots=True)
class Account:
    """Attributes:
    login: what they sign in as; None where a provider (``issuer``) says who they are.
    password: as ``core.passwords`` keeps it; None until it is set.
    invited: an invitation to set the password has not been taken yet, and still can be.
    """

    id: UUID
    tenant: str
    name: str
    role: Role
    login: str | None
    password: str | None
    must_change: bool
    issuer: str | None
    created_at: datetime
    changed_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None
    invited: bool | None

    @property
    def state(self) -> str:
        if self.disabled_at:
            return "disabled"
        if self.invited:
            return "invited"
        return "active" if self.password or self.issuer else "no password yet"

    @property
    def object(self) -> str:
        """What the audit log calls it."""
        return f"account:{self.id}"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, and where from."""

    who: str
    network: str | None = None


class Taken(Exception):
    """Somebody else has that login, or that name."""


class Accounts:
    """Raises Unavailable while the database is away."""

    def __init__(self, engine: AsyncEngine, tenant: str) -> None:
        self._engine = engine
        self._tenant = tenant

    async def any(self) -> bool:
        async with transaction(self._engine) as tx:
            return bool(await tx.scalar(_ANY, {"tenant": self._tenant}))

    async def all(self) -> list[Account]:
        """Those that are disabled last."""
        async with transaction(self._engine) as tx:
            return [Account(*row) for row in await tx.execute(_LIST, {"tenant": self._tenant})]

    async def find(self, login: str) -> Account | None:
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_BY_LOGIN, {"tenant": self._tenant, "login": login})).one_or_none()
        return Account(*row) if row else None

    async def find_by_id(self, id_: UUID | None) -> Account | None:
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_BY_ID, {"tenant": self._tenant, "id": id_})).one_or_none()
        return Account(*row) if row else None

    async def keep_anew(self, id_: UUID, old: str, new: str) -> None:
        """The same password, kept with today's parameters, unless it has been changed meanwhile."""
        async with transaction(self._engine) as tx:
            await tx.execute(_KEEP_ANEW, {"id": id_, "old": old, "new": new})

    async def add(self, login: str, name: str, role: Role, by: By) -> UUID:
        """An account nobody can sign in with yet: it has no password. Raises Taken."""
        values = {"tenant": self._tenant, "login": login, "name": name, "role": role}
        try:
            async with transaction(self._engine) as tx:
                made: UUID = (await tx.execute(_ADD, values)).scalar_one()
                await self._tell(tx, by, "account.added", f"account:{made}", {"role": role})
        except IntegrityError as error:
            raise Taken from error
        return made

    async def give_role(self, id_: UUID, role: Role, by: By) -> Account | None:
        """The account as it was; None where there is none. It has to sign in again."""
        return await self._change(id_, "role", by, "account.role_changed", {"role": role}, role=role)

    async def disable(self, id_: UUID, by: By) -> Account | None:
        return await self._change(id_, "disable", by, "account.disabled")

    async def enable(self, id_: UUID, by: By) -> Account | None:
        return await self._change(id_, "enable", by, "account.enabled")

    async def set_password(self, id_: UUID, password: str, by: By, *, must_change: bool = False) -> Account | None:
        """``password`` is hashed already. Every session of the account ends."""
        values: dict[str, Any] = {"password": password, "must_change": must_change}
        return await self._change(id_, "password", by, "account.password_set", None, **values)

    async def invite(self, id_: UUID, invitation: bytes, by: By) -> Account | None:
        """Whoever has the token of that digest may set the password, once, within three days. One before it ends."""
        values: dict[str, Any] = {"invitation": invitation, "lasts": INVITATION_LASTS}
        return await self._change(id_, "invite", by, "account.invited", None, **values)

    async def invited(self, invitation: bytes) -> Account | None:
        """Whose invitation that is, where it can still be taken."""
        async with transaction(self._engine) as tx:
            return await self._invited(tx, invitation)

    async def take_invitation(self, invitation: bytes, password: str, network: str | None) -> Account | None:
        """Set the password. None where the invitation has been taken meanwhile, or has ended."""
        async with transaction(self._engine) as tx:
            account = await self._invited(tx, invitation)
            if account:
                await tx.execute(_CHANGE["password"], {"id": account.id, "password": password, "must_change": False})
                await tx.execute(_END_SESSIONS, {"id": account.id})
                await self._tell(tx, By(account.name, network), "account.invitation_taken", account.object)
            return account

    async def _invited(self, tx: AsyncConnection, invitation: bytes) -> Account | None:
        row = (await tx.execute(_INVITED, {"tenant": self._tenant, "invitation": invitation})).one_or_none()
        return Account(*row) if row else None

    async def _change(
        self, id_: UUID, change: str, by: By, what: str, detail: Mapping[str, Any] | None = None, **values: Any
    ) -> Account | None:
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_BY_ID, {"tenant": self._tenant, "id": id_})).one_or_none()
            if row is None:
                return None
            await tx.execute(_CHANGE[change], {"id": id_, **values})
            if change != "invite":
                await tx.execute(_END_SESSIONS, {"id": id_})
            await self._tell(tx, by, what, f"account:{id_}", detail)
            return Account(*row)

    async def _tell(
        self, tx: AsyncConnection, by: By, what: str, object_: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        await audit_log.add(tx, self._tenant, by.who, what, object_, detail, network=by.network)
