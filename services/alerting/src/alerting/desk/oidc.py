"""Talking to an OpenID provider: where to send people, and what becomes of the code they bring back.

Authorization code with PKCE (RFC 7636), state and nonce, all three made from one secret that is in the visitor's
cookie alone: whoever cannot show that cookie cannot use the code, and a code from elsewhere fits no cookie.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc.jwk import KeySet

from alerting.core.accounts import Role
from alerting.core.id_token import Unbelievable, UnknownKey, believed, groups_in, keys_of
from alerting.desk.fetch_json import Away, fetch

FRESH_SECONDS = 3600.0
"""How long the provider's own description, and its keys, are used without asking again."""
ASK_AGAIN_SECONDS = 30.0
"""How soon a key that is not known makes us ask again."""
AWAY_SECONDS = 5.0
"""How long a provider that did not answer is left alone: the next in the queue need not wait for it too."""

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Provider:
    """Attributes:
    redirect_uri: where the provider sends people back to; registered there, character for character.
    secret: None for a public client.
    roles: which group gives which role; whoever is in none of them is not let in.
    roles_claim: where the groups are; ``a.b`` is b inside a.
    """

    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    redirect_uri: str
    roles: Mapping[str, Role]
    roles_claim: str = "groups"
    name_claim: str = "name"
    scopes: str = "openid profile"


class Refused(Exception):
    """The provider, or what it said, gives no reason to let the visitor in. The text is of a closed set."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the provider says of somebody who has just signed in."""

    claims: Mapping[str, Any]
    id_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself, and its keys, as of ``at``."""

    document: Mapping[str, Any]
    keys: KeySet
    at: float


def derived(secret: str, what: str) -> str:
    """State, nonce or code verifier: 256 bits in base64url, of which nobody can work out the others."""
    return _base64url(hmac.new(secret.encode(), what.encode(), hashlib.sha256).digest())


class OpenId:
    """Raises Away, Refused."""

    def __init__(self, provider: Provider, clock: Callable[[], float] = time.time) -> None:
        self.provider = provider
        self._clock = clock
        self._known: _Known | None = None
        self._away_until = 0.0
        self._asking = asyncio.Lock()

    async def authorization_url(self, secret: str) -> str:
        """Where to send the visitor whose cookie holds ``secret``."""
        known = await self._description()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.provider.redirect_uri,
            "scope": self.provider.scopes,
            "state": derived(secret, "state"),
            "nonce": derived(secret, "nonce"),
            "code_challenge": _base64url(hashlib.sha256(derived(secret, "verifier").encode()).digest()),
            "code_challenge_method": "S256",
        }
        endpoint = known.document["authorization_endpoint"]
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def end_session_endpoint(self) -> str | None:
        """Where to sign out of the provider too, if it has such a place; None also while it is away."""
        try:
            found = (await self._description()).document.get("end_session_endpoint")
        except Away:
            return None
        return found if isinstance(found, str) and self._trusted(found) else None

    async def redeem(self, code: str, secret: str, issuer: str | None) -> Said:
        """``issuer``: who the answer says it is from (RFC 9207), where it does."""
        known = await self._description()
        required = known.document.get("authorization_response_iss_parameter_supported") is True
        if (issuer is not None or required) and issuer != self.provider.issuer:
            raise Refused("issuer")
        tokens = await self._tokens(known, code, secret)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise Refused("no_id_token")
        claims = await self._claims(known, id_token, derived(secret, "nonce"))
        if groups_in(claims, self.provider.roles_claim) is None or "name" not in claims:
            claims = {**await self._userinfo(known, tokens.get("access_token"), claims["sub"]), **claims}
        return Said(claims, id_token)

    async def _tokens(self, known: _Known, code: str, secret: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.provider.redirect_uri,
            "code_verifier": derived(secret, "verifier"),
        }
        authentication = self._authentication(known, form)
        status, answer = await fetch("POST", known.document["token_endpoint"], data=form, auth=authentication)
        if status in (400, 401, 403):
            raise Refused("client" if answer.get("error") in ("invalid_client", "unauthorized_client") else "code")
        if status != 200:
            raise Away(f"token endpoint: {status}")
        return answer

    def _authentication(self, known: _Known, form: dict[str, str]) -> tuple[str, str] | None:
        """client_secret_basic, unless the provider takes only the other one; a public client says only its name."""
        id_, secret = self.provider.client_id, self.provider.secret
        ways = known.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if secret is not None and "client_secret_basic" in ways:
            return _form_encoded(id_), _form_encoded(secret)
        form["client_id"] = id_
        if secret is not None:
            form["client_secret"] = secret
        return None

    async def _claims(self, known: _Known, id_token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                return self._believed(known, id_token, nonce)
            except UnknownKey:
                return self._believed(await self._description(keys_older_than=ASK_AGAIN_SECONDS), id_token, nonce)
        except Unbelievable as error:
            raise Refused("token") from error

    def _believed(self, known: _Known, id_token: str, nonce: str) -> dict[str, Any]:
        provider = self.provider
        return believed(
            id_token,
            known.keys,
            issuer=provider.issuer,
            client_id=provider.client_id,
            nonce=nonce,
            now=self._clock(),
        )

    async def _userinfo(self, known: _Known, access_token: Any, subject: str) -> Mapping[str, Any]:
        """What a provider that keeps its ID tokens short says only when asked. Nothing where it says nothing."""
        endpoint = known.document.get("userinfo_endpoint")
        if not (isinstance(endpoint, str) and self._trusted(endpoint) and isinstance(access_token, str)):
            return {}
        status, answer = await fetch("GET", endpoint, headers={"Authorization": f"Bearer {access_token}"})
        return answer if status == 200 and answer.get("sub") == subject else {}

    async def _description(self, keys_older_than: float = FRESH_SECONDS) -> _Known:
        """What is known, asked for anew where it is older than that. While the provider is away, what was known."""
        async with self._asking:
            if self._known and self._clock() - self._known.at < keys_older_than:
                return self._known
            if self._clock() >= self._away_until:
                try:
                    self._known = await self._ask()
                except Away:
                    self._away_until = self._clock() + AWAY_SECONDS
                    if self._known is None:
                        raise
            if self._known is None:
                raise Away("it did not answer a moment ago")
            return self._known

    async def _ask(self) -> _Known:
        status, said = await fetch("GET", f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if status != 200:
            raise Away(f"discovery: {status}")
        if said.get("issuer") != self.provider.issuer:
            raise Away("discovery: it is not the issuer that was configured")
        if not all(isinstance(said.get(name), str) and self._trusted(said[name]) for name in _ENDPOINTS):
            raise Away("discovery: an endpoint is missing, or is not https")
        status, keys = await fetch("GET", said["jwks_uri"])
        try:
            return _Known(said, keys_of(keys), self._clock())
        except ValueError as error:
            raise Away(f"keys: {status}") from error

    def _trusted(self, url: str) -> bool:
        """https; http only where the issuer itself is on this machine."""
        return urlsplit(url).scheme in ("https", urlsplit(self.provider.issuer).scheme)


def _form_encoded(text: str) -> str:
    """As RFC 6749, section 2.3.1 wants name and secret before they are put together."""
    return urlencode({"": text})[1:]


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
