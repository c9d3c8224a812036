"""Setting one's own password: by an invitation, or where one is known already."""

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.core import passwords
from alerting.core.attempts import subjects_of_login
from alerting.desk import visitor
from alerting.desk.doorkeeper import Doorkeeper
from alerting.desk.hashing import Busy, Hasher
from alerting.desk.pages import Pages
from alerting.desk.visitor import Access
from alerting.store.accounts import Account, Accounts, By
from alerting.store.sessions import SignIn
from alerting.store.sign_in_failures import SignInFailures

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_NOT_SAME = "The two new passwords are not the same."
_BUSY = "Very many people are signing in just now. Try again in a moment."


class OwnAccount:
    def __init__(
        self,
        access: Access,
        doorkeeper: Doorkeeper,
        pages: Pages,
        accounts: Accounts,
        failures: SignInFailures,
        hasher: Hasher,
    ) -> None:
        self._access = access
        self._doorkeeper = doorkeeper
        self._pages = pages
        self._accounts = accounts
        self._failures = failures
        self._hasher = hasher

    def routes(self) -> list[Route]:
        guard = self._doorkeeper.guard
        return [
            Route("/account", guard(self.show), methods=["GET"]),
            Route("/account", guard(self.change), methods=["POST"]),
            Route("/invitation/{secret}", self.invited, methods=["GET"]),
            Route("/invitation/{secret}", self.accept, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        return self._own(request)

    async def change(self, request: Request) -> Response:
        """Every session of the account ends, but for a new one in this browser."""
        form, network = await visitor.read_form(request, self._access), visitor.network(request)
        account = await self._accounts.find_by_id(visitor.present(request).id)
        if account is None or account.login is None:
            return self._own(request, "You have no password here.", 409)
        if complaint := _complaint(form, account):
            return self._own(request, complaint, 422)
        charged = tuple(subjects_of_login(self._access.tenant, account.login, network, known=True))
        if await self._failures.charge(charged):
            return self._own(request, "Too many attempts. Try again in some minutes.", 429)
        try:
            if not await self._hasher.fits(form.get("password", ""), account.password):
                return self._own(request, "That is not your password of today.", 403)
            await self._accounts.set_password(
                account.id, await self._hasher.hashed(form["new"]), By(account.name, network)
            )
        except Busy:
            return self._own(request, _BUSY, 503)
        person = SignIn(account.name, "password", account.id, charged=charged, network=network)
        return await self._doorkeeper.admit(request, person)

    def _own(self, request: Request, complaint: str = "", status: int = 200) -> Response:
        return self._pages.render(request, "account.html", status, complaint=complaint)

    async def invited(self, request: Request) -> Response:
        """Looking takes nothing: mail programs look at links too."""
        if visitor.from_elsewhere(request):
            return self._doorkeeper.again(request)
        account = await self._invitation(request)
        return self._welcome(request, account) if account else self._gone(request)

    async def accept(self, request: Request) -> Response:
        form, network = await visitor.read_form(request, self._access), visitor.network(request)
        account = await self._invitation(request)
        if account is None:
            return self._gone(request)
        if complaint := _complaint(form, account):
            return self._welcome(request, account, complaint, 422)
        try:
            kept = await self._hasher.hashed(form["new"])
        except Busy:
            return self._welcome(request, account, _BUSY, 503)
        taken = await self._accounts.take_invitation(_digest(request), kept, network)
        if taken is None or taken.login is None:
            return self._gone(request)
        charged = tuple(subjects_of_login(self._access.tenant, taken.login, network, known=False))
        person = SignIn(taken.name, "invitation", taken.id, charged=charged, network=network)
        return await self._doorkeeper.admit(request, person)

    async def _invitation(self, request: Request) -> Account | None:
        known = _TOKEN.fullmatch(request.path_params["secret"])
        return await self._accounts.invited(_digest(request)) if known else None

    def _welcome(self, request: Request, account: Account, complaint: str = "", status: int = 200) -> Response:
        fresh = None if visitor.token(request) else visitor.new_token(request)
        values = {"name": account.name, "login": account.login, "complaint": complaint}
        response = self._pages.render(request, "account_invitation.html", status, **values)
        if fresh:
            visitor.set_cookie(response, self._access, fresh)
        return response

    def _gone(self, request: Request) -> Response:
        text = "It was used already, is older than three days, or a newer one was made. Ask for another."
        return self._pages.message(request, "This invitation does not work", text, 404)


def _digest(request: Request) -> bytes:
    return visitor.digest(request.path_params["secret"])


def _complaint(form: dict[str, str], account: Account) -> str | None:
    new = form.get("new", "")
    if new != form.get("again", ""):
        return _NOT_SAME
    return passwords.complaint(new, account.name, account.login or "", (account.login or "").partition("@")[0])
