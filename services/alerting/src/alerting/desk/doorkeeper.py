"""Who is let in: the guard before every page of the desk, and the way in and out.

There are three ways to sign in: an account of the desk's own, an OpenID provider, the shared passphrase. With none of
them the desk is shut, and says how to open it.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.accounts import Role, Source
from alerting.desk import security, visitor
from alerting.desk.oidc import OpenId
from alerting.desk.pages import HOME, Pages
from alerting.desk.visitor import Access, Visitor
from alerting.store.accounts import Accounts
from alerting.store.sessions import LASTS, Session, Sessions, SignIn

Endpoint = Callable[[Request], Awaitable[Response]]

SIGN_IN = f"{HOME}sign-in"
OWN_ACCOUNT = f"{HOME}account"
_HOW_TO_OPEN = (
    "Whoever runs Amends opens it by adding an account (python -m alerting account add), or by setting"
    " ALERTING_OIDC_ISSUER or ALERTING_DESK_PASSPHRASE and starting the service again."
)


class Doorkeeper:
    """Raises Unavailable while the database is away: then nobody is let in, and nobody is thrown out."""

    def __init__(
        self, access: Access, pages: Pages, sessions: Sessions, accounts: Accounts, openid: OpenId | None
    ) -> None:
        self._access = access
        self._pages = pages
        self._sessions = sessions
        self._accounts = accounts
        self._openid = openid

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self.ask, methods=["GET"]),
            Route("/sign-out", self.leave, methods=["POST"]),
        ]

    def guard(self, endpoint: Endpoint, role: Role = "specialist") -> Endpoint:
        """Only for people with that role or a higher one; strangers are asked to sign in, and then brought back."""

        async def guarded(request: Request) -> Response:
            found = await self.recognise(request)
            if found is None:
                return await self._stranger(request)
            if found.must_change and request.url.path != OWN_ACCOUNT:
                return RedirectResponse(OWN_ACCOUNT, 303)
            if not found.may(role):
                text = f"You are a {found.role}; this is for a {role}. Whoever keeps the accounts can change that."
                return self._pages.message(request, "Not for your role", text, 403)
            return await endpoint(request)

        return guarded

    async def recognise(self, request: Request, *, used: bool = True) -> Visitor | None:
        """Whoever the cookie stands for, by what the database says now. ``used``: their session goes on for longer."""
        token = visitor.token(request)
        session = await self._sessions.find(visitor.digest(token), used=used) if token else None
        found = self._visitor(session, token) if session and token else None
        request.state.visitor = found
        return found

    async def still(self, request: Request) -> bool:
        """For pages that stay open: whether the visitor is still signed in, and still who they were."""
        before = visitor.who(request)
        return await self.recognise(request, used=False) == before is not None

    def _visitor(self, session: Session, token: str) -> Visitor | None:
        if session.account_id is None or session.role is None:
            return self._passer_by(session, token)
        oidc = self._access.oidc
        if session.issuer is not None and (oidc is None or session.issuer != oidc.issuer):
            return None
        source: Source = "oidc" if session.issuer else "local"
        return Visitor(session.account_id, session.name, session.role, source, session.must_change)

    def _passer_by(self, session: Session, token: str) -> Visitor | None:
        phrase = self._access.passphrase
        if phrase is None or not hmac.compare_digest(session.stamp or b"", _stamp(token, phrase)):
            return None
        return Visitor(None, session.name, self._access.passphrase_role, "passphrase")

    async def _stranger(self, request: Request) -> Response:
        if request.method != "GET":
            text = "Nothing was changed. Sign in and do it again."
            return self._pages.message(request, "You are not signed in any more", text, 403)
        if visitor.from_elsewhere(request):
            return self.again(request)
        if not await self.open():
            return self.shut(request)
        to = request.url.path
        return RedirectResponse(SIGN_IN if to == HOME else f"{SIGN_IN}?{urlencode({'to': to})}", 303)

    async def open(self) -> bool:
        """Whether there is any way in."""
        return bool(self._access.passphrase or self._access.oidc) or await self._accounts.any()

    def shut(self, request: Request) -> Response:
        return self._pages.message(request, "The desk is shut", _HOW_TO_OPEN, 503)

    def again(self, request: Request) -> Response:
        """The session cookie does not come along with a link from another site, but does when we link ourselves."""
        return self._pages.message(request, "One moment", "Opening the desk …", again=True)

    async def ask(self, request: Request) -> Response:
        """The form to sign in with."""
        if await self.recognise(request):
            return RedirectResponse(HOME, 303)
        if visitor.from_elsewhere(request):
            return self.again(request)  # a new cookie here would end the session of the one that was held back
        if not await self.open():
            return self.shut(request)
        return await self.form(request, to=visitor.own_path(request.query_params.get("to")))

    async def form(
        self, request: Request, status: int = 200, *, to: str, complaint: str = "", name: str = "", login: str = ""
    ) -> Response:
        fresh = None if visitor.token(request) else visitor.new_token(request)
        response = self._pages.render(
            request,
            "sign_in.html",
            status,
            to=to,
            complaint=complaint,
            name=name,
            login=login,
            by_passphrase=self._access.passphrase is not None,
            by_oidc=self._access.oidc is not None,
            by_account=await self._accounts.any(),
        )
        if fresh:
            visitor.set_cookie(response, self._access, fresh)
        return response

    async def admit(self, request: Request, person: SignIn, to: str = HOME) -> Response:
        """Begin a session under a new token, so that one that somebody else chose or saw is worth nothing."""
        old, new = request.cookies.get(visitor.COOKIE), visitor.new_token(request)
        if person.account_id is None and self._access.passphrase is not None:
            person = replace(person, stamp=_stamp(new, self._access.passphrase))
        await self._sessions.begin(visitor.digest(new), person, instead_of=visitor.digest(old) if old else None)
        response = RedirectResponse(to, 303)
        visitor.set_cookie(response, self._access, new, int(LASTS.total_seconds()))
        return response

    async def leave(self, request: Request) -> Response:
        await visitor.read_form(request, self._access)
        token = visitor.token(request)
        ended = await self._sessions.end(visitor.digest(token), visitor.network(request)) if token else None
        place = await self._openid.end_session_endpoint() if ended and ended.id_token and self._openid else None
        response = self._farewell(request, place, ended.id_token) if ended and place else RedirectResponse(SIGN_IN, 303)
        visitor.drop_cookie(response, self._access)
        return response

    def _farewell(self, request: Request, place: str, id_token: str | None) -> Response:
        """Offers to sign out of the provider too (RP-Initiated Logout 1.0): by POST, as the token names the person."""
        home = f"{self._access.public_url}{SIGN_IN}"
        response = self._pages.render(request, "signed_out.html", place=place, id_token=id_token, home=home)
        # The provider may send the form on to another that it trusts, and browsers hold that against the form too.
        policy = security.content_security_policy("'self' https: " + visitor.origin(place))
        response.headers["Content-Security-Policy"] = policy
        return response


def _stamp(token: str, passphrase: str) -> bytes:
    """Ends with the passphrase, and tells nothing of it to whoever reads the database: the token is not there."""
    return hmac.new(token.encode(), passphrase.encode(), hashlib.sha256).digest()
