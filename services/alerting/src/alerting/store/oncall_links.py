"""Links by which calendars, which cannot send headers, read one of ours. A link is ``aml_<id>_<secret>``: 256 random
bits of which only the SHA-256 is kept, so whoever reads the database cannot use it. It opens the one calendar it was
made for, to read, until it is revoked."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.oncall.asked import NewLink

_LINK = re.compile(r"aml_([a-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
_COLUMNS = "id, schedule, person, made_by, made_at, revoked_by, revoked_at, used_at"
_ADD = text(
    "INSERT INTO oncall_link (id, tenant, sha256, schedule, person, made_by)"  # noqa: S608
    f" VALUES (:id, :tenant, :sha256, :schedule, :person, :by) RETURNING {_COLUMNS}"
)
_FIND = text("SELECT tenant, sha256, schedule, person FROM oncall_link WHERE id = :id AND revoked_at IS NULL")
_USED = text(
    "UPDATE oncall_link SET used_at = now() WHERE id = :id AND (used_at IS NULL OR used_at < now() - interval '1 hour')"
)
_REVOKE = text(
    "UPDATE oncall_link SET revoked_by = coalesce(revoked_by, :by), revoked_at = coalesce(revoked_at, now())"  # noqa: S608
    f" WHERE tenant = :tenant AND id = :id RETURNING {_COLUMNS}"
)
_LIST = text(f"SELECT {_COLUMNS} FROM oncall_link WHERE tenant = :tenant ORDER BY made_at DESC, id LIMIT 500")  # noqa: S608


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as it is shown: never its secret. ``used_at``: within an hour."""

    id: str
    schedule: str | None
    person: str | None
    made_by: str
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: the shifts of a schedule, or of a person."""

    tenant: str
    schedule: str | None
    person: str | None


async def add(tx: AsyncConnection, tenant: str, wanted: NewLink) -> tuple[LinkView, str]:
    """The link as it is shown, and the link itself, which nobody can be told again."""
    id_ = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    link = f"aml_{id_}_{secrets.token_urlsafe(32)}"
    values = {
        "id": id_, "tenant": tenant, "sha256": _hash(link), "schedule": wanted.schedule, "person": wanted.person,
        "by": wanted.by,
    }  # fmt: skip
    return LinkView(*(await tx.execute(_ADD, values)).one()), link


def path(wanted: NewLink, link: str) -> str:
    """Of the calendar that the link opens. A person's does not say whose it is: addresses stand in logs."""
    return f"/v1/oncall/{wanted.schedule or 'person'}.ics?link={link}"


async def find(tx: AsyncConnection, link: str) -> Opened | None:
    """None for what is no link, and for one that was revoked."""
    match = _LINK.fullmatch(link)
    if match is None:
        return None
    found = (await tx.execute(_FIND, {"id": match[1]})).one_or_none()
    if not hmac.compare_digest(found.sha256 if found else "0" * 64, _hash(link)) or found is None:
        return None
    await tx.execute(_USED, {"id": match[1]})
    return Opened(found.tenant, found.schedule, found.person)


async def revoke(tx: AsyncConnection, tenant: str, id_: str, by: str) -> LinkView | None:
    """From now on it opens nothing. None: there is none of that id."""
    found = (await tx.execute(_REVOKE, {"tenant": tenant, "id": id_, "by": by})).one_or_none()
    return None if found is None else LinkView(*found)


async def listed(tx: AsyncConnection, tenant: str) -> list[LinkView]:
    """The newest first."""
    return [LinkView(*row) for row in await tx.execute(_LIST, {"tenant": tenant})]


def _hash(link: str) -> str:
    return hashlib.sha256(link.encode()).hexdigest()
