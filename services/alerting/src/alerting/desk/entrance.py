"""Everything there is about signing in, put together: what guards the desk, and the pages it needs for that."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.routing import Route

from alerting.core.accounts import Role
from alerting.desk.accounts import AccountPages
from alerting.desk.audit import AuditPage
from alerting.desk.doorkeeper import Doorkeeper, Endpoint
from alerting.desk.hashing import Hasher
from alerting.desk.oidc import OpenId
from alerting.desk.own_account import OwnAccount
from alerting.desk.pages import Pages
from alerting.desk.sign_in import SignInForm
from alerting.desk.single_sign_on import SingleSignOn
from alerting.desk.visitor import Access
from alerting.store.accounts import Accounts
from alerting.store.audit_log import AuditLog
from alerting.store.oidc_accounts import OidcAccounts
from alerting.store.sessions import Sessions
from alerting.store.sign_in_failures import SignInFailures


class Part(Protocol):
    def routes(self) -> list[Route]: ...


class Entrance:
    def __init__(self, doorkeeper: Doorkeeper, parts: Sequence[Part]) -> None:
        self._doorkeeper = doorkeeper
        self._parts = parts

    def routes(self) -> list[Route]:
        """Signing in and out, one's own password, the accounts, the audit log."""
        return [route for part in self._parts for route in part.routes()]

    def guard(self, endpoint: Endpoint, role: Role = "specialist") -> Endpoint:
        """Only for people with that role or a higher one; strangers are asked to sign in, and then brought back."""
        return self._doorkeeper.guard(endpoint, role)

    async def still(self, request: Request) -> bool:
        """For pages that stay open: whether the visitor is still signed in, and still who they were."""
        return await self._doorkeeper.still(request)


def create(access: Access, engine: AsyncEngine, pages: Pages) -> Entrance:
    sessions, accounts = Sessions(engine, access.tenant), Accounts(engine, access.tenant)
    failures, hasher = SignInFailures(engine), Hasher()
    openid = OpenId(access.oidc) if access.oidc else None
    keeper = Doorkeeper(access, pages, sessions, accounts, openid)
    parts: list[Part] = [
        keeper,
        SignInForm(access, keeper, sessions, accounts, failures, hasher),
        OwnAccount(access, keeper, pages, accounts, failures, hasher),
        AccountPages(access, keeper, pages, accounts),
        AuditPage(access, keeper, pages, AuditLog(engine)),
    ]
    if openid:
        people = OidcAccounts(engine, access.tenant)
        parts.append(SingleSignOn(access, keeper, openid, people, sessions, failures, pages))
    return Entrance(keeper, parts)
