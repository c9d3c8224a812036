"""Who is signed in. A session is ended by its row: at once, on every replica.

It ends twelve hours after it began, or two hours after it was last used; by signing out, and when the account is
disabled or its password or role changes. The token itself is in the visitor's cookie alone; here is its digest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.accounts import Role
from alerting.core.attempts import Subject
from alerting.store import audit_log, sign_in_failures
from events.runtime.database import transaction

LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)

_FIND = text(
    """
    SELECT s.account_id, coalesce(a.name, s.name) AS name, a.role, a.issuer, coalesce(a.must_change, false), s.stamp,
        s.seen_at < now() - interval '1 minute' AS stale
    FROM session s LEFT JOIN account a ON a.id = s.account_id
    WHERE s.tenant = :tenant AND s.digest = :digest AND s.ends_at > now()
        AND s.seen_at > now() - CAST(:idle AS interval) AND a.disabled_at IS NULL
    """
)
_SEEN = text("UPDATE session SET seen_at = now() WHERE digest = :digest")
_BEGIN = text(
    "INSERT INTO session (digest, tenant, account_id, name, stamp, id_token, ends_at)"
    " VALUES (:digest, :tenant, :account_id, :name, :stamp, :id_token, now() + CAST(:lasts AS interval))"
)
_SIGNED_IN = text(
    "UPDATE account SET signed_in_at = now() WHERE id = :id AND disabled_at IS NULL"
    " AND changed_at = coalesce(CAST(:as_of AS timestamptz), changed_at)"
)
_END = text(
    "DELETE FROM session WHERE tenant = :tenant AND digest = :digest"
    " RETURNING account_id, coalesce(name, (SELECT a.name FROM account a WHERE a.id = account_id)) AS name, id_token"
)
_TIDY = text("DELETE FROM session WHERE ends_at < now() OR seen_at < now() - CAST(:idle AS interval)")
_NAMED = text("SELECT EXISTS (SELECT FROM account WHERE tenant = :tenant AND lower(name) = lower(:name))")
_KNOWN = text(
    "SELECT EXISTS (SELECT FROM audit_log WHERE tenant = :tenant AND object = :object AND what = 'sign_in.done'"
    " AND network = CAST(CAST(:network AS text) AS cidr) AND at > now() - interval '90 days')"
)


@dataclass(frozen=True, slots=True)
class Session:
    """Attributes:
    account_id: None where it was begun with the passphrase; ``stamp`` is then what binds it to that.
    role: of the account, as it is now; None with the passphrase, whose role is a setting.
    """

    account_id: UUID | None
    name: str
    role: Role | None
    issuer: str | None
    must_change: bool
    stamp: bytes | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who has just proved who they are: with an account, or with the passphrase (``stamp``) and a name.

    Attributes:
        way: "password", "oidc", "passphrase".
        as_of: when the account had last been changed, as it was looked at.
        charged: what the try was charged to, to be taken back.
    """

    name: str
    way: str
    account_id: UUID | None = None
    as_of: datetime | None = None
    stamp: bytes | None = None
    id_token: str | None = field(default=None, repr=False)
    charged: Iterable[Subject] = ()
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    account_id: UUID | None
    name: str
    id_token: str | None = field(repr=False)


class Overtaken(Exception):
    """The account was disabled, or changed, while its owner was signing in."""


class Sessions:
    """Raises Unavailable while the database is away: then nobody is signed in, and nobody is signed out."""

    def __init__(self, engine: AsyncEngine, tenant: str) -> None:
        self._engine = engine
        self._tenant = tenant

    async def find(self, digest: bytes, *, used: bool = True) -> Session | None:
        """``used``: this is a person's doing, so it goes on for another two hours."""
        values = {"tenant": self._tenant, "digest": digest, "idle": IDLE}
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_FIND, values)).one_or_none()
            if row is not None and row.stale and used:
                await tx.execute(_SEEN, {"digest": digest})
        return Session(*row[:-1]) if row else None

    async def begin(self, digest: bytes, person: SignIn, *, instead_of: bytes | None) -> None:
        """A session for ``person``, in the place of the one their browser had. Raises Overtaken."""
        async with transaction(self._engine) as tx:
            if person.account_id:
                signed_in = await tx.execute(_SIGNED_IN, {"id": person.account_id, "as_of": person.as_of})
                if not signed_in.rowcount:
                    raise Overtaken
            await tx.execute(_TIDY, {"idle": IDLE})
            if instead_of:
                await tx.execute(_END, {"tenant": self._tenant, "digest": instead_of})
            named = None if person.account_id else person.name
            values = {"account_id": person.account_id, "name": named, "stamp": person.stamp, "lasts": LASTS}
            kept = {**values, "digest": digest, "tenant": self._tenant, "id_token": person.id_token}
            await tx.execute(_BEGIN, kept)
            await sign_in_failures.forgive(tx, person.charged)
            await self._tell(tx, "sign_in.done", person.name, person.account_id, person.network, {"way": person.way})

    async def refused(self, account_id: UUID | None, way: str, why: str, network: str | None) -> None:
        """Told to the audit log. Not who it claimed to be: some type their password into the wrong field."""
        async with transaction(self._engine) as tx:
            await self._tell(tx, "sign_in.refused", None, account_id, network, {"way": way, "why": why})

    async def end(self, digest: bytes, network: str | None) -> Ended | None:
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_END, {"tenant": self._tenant, "digest": digest})).one_or_none()
            if row is None:
                return None
            await self._tell(tx, "sign_in.ended", row.name, row.account_id, network, {})
            return Ended(*row)

    async def belongs_to_an_account(self, name: str) -> bool:
        """Whether somebody with an account has that name: then nobody else may act under it."""
        async with transaction(self._engine) as tx:
            return bool(await tx.scalar(_NAMED, {"tenant": self._tenant, "name": name}))

    async def known_from(self, account_id: UUID, network: str | None) -> bool:
        """Whether that account has signed in from that network within 90 days."""
        values = {"tenant": self._tenant, "object": f"account:{account_id}", "network": network}
        async with transaction(self._engine) as tx:
            return bool(await tx.scalar(_KNOWN, values))

    async def _tell(
        self, tx: AsyncConnection, what: str, who: str | None, id_: UUID | None, network: str | None, detail: Any
    ) -> None:
        object_ = f"account:{id_}" if id_ else None
        await audit_log.add(tx, self._tenant, who, what, object_, detail, network=network)
