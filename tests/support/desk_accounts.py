"""Accounts of the desk in tests, and what the audit log says of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core import passwords
from alerting.core.accounts import Role
from alerting.store.accounts import Accounts, By
from events.runtime.database import transaction

PASSWORD = "four quiet horses"
BY = By("the test")
QUICK = passwords.Cost(n=2, r=1, p=1)
"""For accounts that a test sets up; the first sign-in keeps the password anew, with the cost of today."""


async def an_account(engine: AsyncEngine, login: str = "dana", role: Role = "specialist", **more: Any) -> UUID:
    """With PASSWORD. Its name is the login with a capital."""
    accounts = Accounts(engine, "default")
    made = await accounts.add(login, login.title(), role, BY)
    await accounts.set_password(made, passwords.hashed(PASSWORD, b"salt", QUICK), BY, **more)
    return made


async def told(engine: AsyncEngine) -> list[tuple[str | None, str, Any]]:
    """Who, what and details of every entry of the audit log."""
    async with transaction(engine) as tx:
        rows = await tx.execute(text("SELECT who, what, detail FROM audit_log ORDER BY id"))
        return [(row.who, row.what, row.detail) for row in rows]


async def do(engine: AsyncEngine, statement: str) -> None:
    async with transaction(engine) as tx:
        await tx.execute(text(statement))
