"""Signing in with what one knows: login and password, or the desk's passphrase and a name."""

import hmac
import math

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.core import attempts, passwords
from alerting.core.accounts import Login
from alerting.core.attempts import Kind, Subject
from alerting.core.case import Name
from alerting.desk import visitor
from alerting.desk.doorkeeper import Doorkeeper
from alerting.desk.hashing import Busy, Hasher
from alerting.desk.visitor import Access
from alerting.store.accounts import Account, Accounts
from alerting.store.sessions import Overtaken, Sessions, SignIn
from alerting.store.sign_in_failures import SignInFailures

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_LOGIN: TypeAdapter[str] = TypeAdapter(Login)
BUSY_SECONDS = 5
WRONG = "That login and that password do not belong together."
"""The same whoever it is, and whether there is such an account at all."""


class SignInForm:
    def __init__(
        self,
        access: Access,
        doorkeeper: Doorkeeper,
        sessions: Sessions,
        accounts: Accounts,
        failures: SignInFailures,
        hasher: Hasher,
    ) -> None:
        self._access = access
        self._doorkeeper = doorkeeper
        self._sessions = sessions
        self._accounts = accounts
        self._failures = failures
        self._hasher = hasher

    def routes(self) -> list[Route]:
        return [Route("/sign-in", self.enter, methods=["POST"])]

    async def enter(self, request: Request) -> Response:
        form = await visitor.read_form(request, self._access)
        if "passphrase" in form and self._access.passphrase is not None:
            return await self._with_passphrase(request, form, self._access.passphrase)
        return await self._with_password(request, form)

    async def _with_passphrase(self, request: Request, form: dict[str, str], expected: str) -> Response:
        to, network = visitor.own_path(form.get("to")), visitor.network(request)
        try:
            name = _NAME.validate_python(form.get("name", ""))
        except ValidationError:
            complaint = "Please give your name, at most 80 characters."
            return await self._doorkeeper.form(request, 422, to=to, complaint=complaint)
        charged = (Subject.of(Kind.PASSPHRASE, self._access.tenant, network),)
        if wait := await self._failures.charge(charged):
            return await self._slower(request, wait, to=to, name=name)
        if not hmac.compare_digest(expected.encode(), form["passphrase"].encode()):
            await self._sessions.refused(None, "passphrase", "wrong", network)
            complaint = "That is not the passphrase."
            return await self._doorkeeper.form(request, 403, to=to, complaint=complaint, name=name)
        if await self._sessions.belongs_to_an_account(name):
            complaint = "Somebody with an account has that name. Sign in with the account, or say another name."
            return await self._doorkeeper.form(request, 409, to=to, complaint=complaint)
        person = SignIn(name, "passphrase", charged=charged, network=network)
        return await self._doorkeeper.admit(request, person, to)

    async def _with_password(self, request: Request, form: dict[str, str]) -> Response:
        login, to = form.get("login", "").lower(), visitor.own_path(form.get("to"))
        network = visitor.network(request)
        account = await self._accounts.find(login) if _is_login(login) else None
        known = account is not None and await self._sessions.known_from(account.id, network)
        charged = tuple(attempts.subjects_of_login(self._access.tenant, login, network, known=known))
        if wait := await self._failures.charge(charged):
            return await self._slower(request, wait, to=to, login=login)
        usable = account if account and account.disabled_at is None else None
        try:
            right = await self._hasher.fits(form.get("password", ""), usable.password if usable else None)
        except Busy:
            return await self._busy(request, to=to, login=login)
        if usable is None or not right:
            await self._sessions.refused(account.id if account else None, "password", "wrong", network)
            return await self._doorkeeper.form(request, 403, to=to, complaint=WRONG, login=login)
        await self._keep_up(usable, form["password"])
        person = SignIn(usable.name, "password", usable.id, usable.changed_at, charged=charged, network=network)
        try:
            return await self._doorkeeper.admit(request, person, to)
        except Overtaken:
            return await self._doorkeeper.form(request, 403, to=to, complaint=WRONG, login=login)

    async def _keep_up(self, account: Account, password: str) -> None:
        """Passwords that were kept with less effort than today's are kept anew, now that we see them."""
        if account.password and passwords.outdated(account.password):
            try:
                await self._accounts.keep_anew(account.id, account.password, await self._hasher.hashed(password))
            except Busy:
                return  # next time

    async def _slower(self, request: Request, wait: float, *, to: str, name: str = "", login: str = "") -> Response:
        seconds = math.ceil(wait)
        said = f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"
        complaint = f"Too many attempts. Try again in {said}."
        response = await self._doorkeeper.form(request, 429, to=to, complaint=complaint, name=name, login=login)
        response.headers["Retry-After"] = str(seconds)
        return response

    async def _busy(self, request: Request, *, to: str, login: str) -> Response:
        complaint = "Very many people are signing in just now. Try again in a moment."
        response = await self._doorkeeper.form(request, 503, to=to, complaint=complaint, login=login)
        response.headers["Retry-After"] = str(BUSY_SECONDS)
        return response


def _is_login(text: str) -> bool:
    try:
        _LOGIN.validate_python(text)
    except ValidationError:
        return False
    return True
