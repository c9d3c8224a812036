"""The way to the OpenID provider and back."""

import hmac
import secrets

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.accounts import role_of
from alerting.core.attempts import Kind, Subject
from alerting.core.id_token import Unbelievable, groups_in, name_in
from alerting.desk import visitor
from alerting.desk.doorkeeper import SIGN_IN, Doorkeeper
from alerting.desk.fetch_json import Away
from alerting.desk.oidc import OpenId, Refused, Said, derived
from alerting.desk.pages import HOME, Pages
from alerting.desk.visitor import Access
from alerting.store.oidc_accounts import FLOW_LASTS, OidcAccounts, Person
from alerting.store.sessions import Overtaken, Sessions, SignIn
from alerting.store.sign_in_failures import SignInFailures

COOKIE = "amends_desk_sso"
PATH = f"{HOME}sign-in/oidc"
BACK = f"{PATH}/back"
"""What is registered at the provider, after the desk's address."""
_LONGEST_CODE = 4096

log = structlog.get_logger()


class SingleSignOn:
    """Nothing is let in that was not sent out from this browser, a short while ago, and has not come back before."""

    def __init__(
        self,
        access: Access,
        doorkeeper: Doorkeeper,
        openid: OpenId,
        people: OidcAccounts,
        sessions: Sessions,
        failures: SignInFailures,
        pages: Pages,
    ) -> None:
        self._access = access
        self._doorkeeper = doorkeeper
        self._openid = openid
        self._people = people
        self._sessions = sessions
        self._failures = failures
        self._pages = pages

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in/oidc", self.set_out, methods=["GET"]),
            Route("/sign-in/oidc/back", self.back, methods=["GET"]),
        ]

    async def set_out(self, request: Request) -> Response:
        """A link, not a form: a form's policy would have to name every site the provider may send people on to."""
        wait = await self._failures.charge(self._charged(request))
        if wait:
            return self._pages.message(request, "Too many attempts", "Try again in a minute.", 429)
        secret = secrets.token_urlsafe(32)
        try:
            url = await self._openid.authorization_url(secret)
        except Away as error:
            return self._away(request, error)
        await self._people.set_out(visitor.digest(secret), visitor.own_path(request.query_params.get("to")))
        response = RedirectResponse(url, 303)
        # Lax, unlike the session's cookie: it has to come along when the provider sends the visitor back.
        seconds = int(FLOW_LASTS.total_seconds())
        response.set_cookie(
            COOKIE, secret, max_age=seconds, path=PATH, secure=self._access.https, httponly=True, samesite="lax"
        )
        return response

    async def back(self, request: Request) -> Response:
        response = await self._back(request)
        response.delete_cookie(COOKIE, path=PATH, secure=self._access.https, httponly=True, samesite="lax")
        return response

    async def _back(self, request: Request) -> Response:
        secret, said = request.cookies.get(COOKIE, ""), request.query_params
        if not secret or not hmac.compare_digest(said.get("state", "").encode(), derived(secret, "state").encode()):
            return self._stale(request)
        to = await self._people.back(visitor.digest(secret))
        if to is None:
            return self._stale(request)
        code = said.get("code", "")
        if "error" in said or not 0 < len(code) <= _LONGEST_CODE:
            return await self._refused(request, "denied" if said.get("error") == "access_denied" else "error")
        try:
            found = await self._openid.redeem(code, secret, said.get("iss"))
            return await self._arrive(request, found, to)
        except Away as error:
            return self._away(request, error)
        except Refused as error:
            return await self._refused(request, str(error))
        except Unbelievable:
            return await self._refused(request, "name")

    async def _arrive(self, request: Request, said: Said, to: str) -> Response:
        provider, network = self._openid.provider, visitor.network(request)
        groups = groups_in(said.claims, provider.roles_claim) or frozenset()
        role = role_of(groups, provider.roles)
        if role is None:
            await self._sessions.refused(None, "oidc", "no_role", network)
            text = "None of the groups you are in at the sign-in service may use the desk. Ask whoever runs it."
            return self._pages.message(request, "The desk is not open to you", text, 403)
        person = Person(provider.issuer, said.claims["sub"], name_in(said.claims, provider.name_claim), role)
        arrived = await self._people.arrived(person, network)
        if arrived.disabled:
            await self._sessions.refused(arrived.id, "oidc", "disabled", network)
            text = "Your account at the desk is disabled. Ask whoever keeps the accounts."
            return self._pages.message(request, "The desk is not open to you", text, 403)
        sign_in = SignIn(
            arrived.name, "oidc", arrived.id, id_token=said.id_token, charged=self._charged(request), network=network
        )
        try:
            return await self._doorkeeper.admit(request, sign_in, to)
        except Overtaken:
            return await self._refused(request, "overtaken")

    def _charged(self, request: Request) -> tuple[Subject, ...]:
        return (Subject.of(Kind.ROUND_TRIP, self._access.tenant, visitor.network(request)),)

    def _stale(self, request: Request) -> Response:
        text = "It took too long, or was begun in another window. Nothing happened. Go to the desk and sign in again."
        return self._pages.message(request, "That did not work", text, 400)

    def _away(self, request: Request, error: Away) -> Response:
        log.warning("the OpenID provider is away", why=str(error))
        text = f"The sign-in service of your organisation does not answer. Try again, or use another way at {SIGN_IN}."
        return self._pages.message(request, "Not available right now", text, 503)

    async def _refused(self, request: Request, why: str) -> Response:
        log.warning("a sign-in by OpenID was refused", why=why)
        await self._sessions.refused(None, "oidc", why, visitor.network(request))
        text = (
            "The sign-in service did not confirm who you are. Try again; if that goes on, tell whoever runs the desk."
        )
        return self._pages.message(request, "You are not signed in", text, 403)
