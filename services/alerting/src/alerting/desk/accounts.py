"""The accounts of the desk, for admins: who there is, adding, roles, disabling, invitations."""

import secrets
from collections.abc import Awaitable, Callable
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.accounts import ROLES, Login, Role
from alerting.core.case import Name
from alerting.desk import visitor, words
from alerting.desk.doorkeeper import Doorkeeper
from alerting.desk.pages import HOME, Pages
from alerting.desk.visitor import Access
from alerting.store.accounts import Account, Accounts, By, Taken
from events.problems import from_validation_error

ACCOUNTS = f"{HOME}accounts"


class _New(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    login: Login
    name: Name
    role: Role


class AccountPages:
    def __init__(self, access: Access, doorkeeper: Doorkeeper, pages: Pages, accounts: Accounts) -> None:
        self._access = access
        self._doorkeeper = doorkeeper
        self._pages = pages
        self._accounts = accounts

    def routes(self) -> list[Route]:
        def admin(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
            return self._doorkeeper.guard(endpoint, "admin")

        return [
            Route("/accounts", admin(self.list), methods=["GET"]),
            Route("/accounts", admin(self.add), methods=["POST"]),
            Route("/accounts/{id:uuid}/{change}", admin(self.change), methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        return await self._show(request)

    async def add(self, request: Request) -> Response:
        form = await visitor.read_form(request, self._access)
        said = {**form, "login": form.get("login", "").lower()}
        try:
            new = _New.model_validate(said)
            made = await self._accounts.add(new.login, new.name, new.role, self._by(request))
        except ValidationError as error:
            complaint = words.complaint(from_validation_error(error, said).problems)
            return await self._show(request, complaint, form, 422)
        except Taken:
            return await self._show(request, "Somebody has that login, or that name, already.", form, 409)
        return await self._invite(request, made, new.name)

    async def change(self, request: Request) -> Response:
        """Not of one's own account: so there is always an admin left."""
        form, id_ = await visitor.read_form(request, self._access), request.path_params["id"]
        if id_ == visitor.present(request).id:
            complaint = "Another admin has to do that to your account."
            return await self._show(request, complaint, status=409)
        found = await self._accounts.find_by_id(id_)
        if found is None:
            raise HTTPException(404)
        return await self._changed(request, found, request.path_params["change"], form)

    async def _changed(self, request: Request, account: Account, change: str, form: dict[str, str]) -> Response:
        by, role = self._by(request), next((each for each in ROLES if each == form.get("role")), None)
        match change:
            case "role" if role and account.login:
                await self._accounts.give_role(account.id, role, by)
            case "disable":
                await self._accounts.disable(account.id, by)
            case "enable":
                await self._accounts.enable(account.id, by)
            case "invite" if account.login and account.disabled_at is None:
                return await self._invite(request, account.id, account.name)
            case _:
                raise HTTPException(404)
        return RedirectResponse(ACCOUNTS, 303)

    async def _invite(self, request: Request, id_: UUID, name: str) -> Response:
        """The link is shown this once: only its digest is kept."""
        secret = secrets.token_urlsafe(32)
        await self._accounts.invite(id_, visitor.digest(secret), self._by(request))
        link = f"{self._access.public_url}{HOME}invitation/{secret}"
        return self._pages.render(request, "account_link.html", name=name, link=link)

    async def _show(
        self, request: Request, complaint: str = "", form: dict[str, str] | None = None, status: int = 200
    ) -> Response:
        values = {"login": "", "name": "", "role": ROLES[0], **(form or {})}
        accounts = await self._accounts.all()
        return self._pages.render(
            request, "accounts.html", status, accounts=accounts, roles=ROLES, complaint=complaint, form=values
        )

    def _by(self, request: Request) -> By:
        return By(visitor.present(request).name, visitor.network(request))
