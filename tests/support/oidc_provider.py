"""An OpenID provider on this machine that speaks the real protocol, and lies in every way a test wants.

Discovery, authorization code with PKCE, token endpoint with client authentication, signed ID tokens, JWKS with
rotation, userinfo, RP-initiated logout. Whoever comes to its authorization endpoint is signed in as ``person`` at once.
"""

import base64
import contextlib
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from amends.local.ports import free_port
from support.serving import serving

CLIENT, SECRET = "amends desk", "s:e/c+ret%"
Claims = dict[str, Any]


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def ec(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class Provider:
    """
    Attributes:
        person: the claims of whoever signs in; in the ID token, or at ``userinfo`` where ``thin``.
        lie: changes the claims of an ID token before it is signed.
        sign: makes the token of claims; by default with the first key.
        refuse: the error that the authorization endpoint answers with.
        metadata: added to, or put in the place of, what discovery says.
        down: answers 503 to everything.
        host: the name it goes by; ``localhost`` is another site than 127.0.0.1 to a browser.
    """

    redirect_uri: str
    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    person: Claims = field(default_factory=lambda: {"sub": "u-1", "name": "Dana Reyes", "groups": ["desk"]})
    keys: list[RSAKey | ECKey] = field(default_factory=lambda: [rsa("first")])
    lie: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    refuse: str | None = None
    thin: bool = False
    public: bool = False
    down: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    signed_out: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: dict[str, Claims] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://{self.host}:{self.port}/realm"

    def count(self, path: str) -> int:
        return self.asked.count(path)

    def signed(self, claims: Claims, key: RSAKey | ECKey | None = None, **header: Any) -> str:
        key = key or self.keys[0]
        said = {"alg": key.as_dict()["alg"], "kid": key.kid, **header}
        return jwt.encode(said, claims, key, registry=JWSRegistry(algorithms=[said["alg"]]))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"].removeprefix("/realm"))
        app = PlainTextResponse("down", 503) if self.down else self._app()
        await app(scope, receive, send)

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/realm/.well-known/openid-configuration", self._discovery),
                Route("/realm/authorize", self._authorize),
                Route("/realm/token", self._token, methods=["POST"]),
                Route("/realm/keys", self._jwks),
                Route("/realm/userinfo", self._userinfo),
                Route("/realm/logout", self._logout, methods=["GET", "POST"]),
                Route("/realm/link", self._link),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"] if self.public else ["client_secret_basic"],
        }
        return JSONResponse({**said, **self.metadata})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") != self.redirect_uri:
            return PlainTextResponse("no such client, or not its address", 400)  # never redirected: RFC 6749, 4.1.2.1
        back = {"state": asked.get("state", "")}
        if self.metadata.get("authorization_response_iss_parameter_supported"):
            back["iss"] = self.issuer
        complete = asked.get("response_type") == "code" and "openid" in asked.get("scope", "").split()
        if not complete or asked.get("code_challenge_method") != "S256" or not asked.get("nonce"):
            back["error"] = "invalid_request"
        elif self.refuse:
            back |= {"error": self.refuse, "error_description": "<script>alert(1)</script>"}
        else:
            back["code"] = secrets.token_urlsafe(16)
            self._codes[back["code"]] = asked
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not self._authenticated(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or form.get("grant_type") != "authorization_code":
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        self._tokens[access] = dict(self.person)
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self._id_token(asked["nonce"]),
            },
            headers={"Cache-Control": "no-store"},
        )

    def _authenticated(self, request: Request, form: dict[str, str]) -> bool:
        if self.public:
            return form.get("client_id") == CLIENT
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(said or "").decode().partition(":")
        return scheme.lower() == "basic" and (unquote_plus(name), unquote_plus(secret)) == (CLIENT, SECRET)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        shown = {"sub": self.person["sub"]} if self.thin else self.person
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **shown}
        lied = self.lie(claims)
        return self.sign(lied) if self.sign else self.signed(lied)

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse(KeySet(list(self.keys)).as_dict(private=False))

    async def _userinfo(self, request: Request) -> Response:
        found = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse(found) if found else JSONResponse({"error": "invalid_token"}, 401)

    async def _logout(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        claims = jwt.decode(form["id_token_hint"], KeySet(list(self.keys))).claims
        self.signed_out.append({"sub": claims["sub"], "to": form["post_logout_redirect_uri"]})
        return RedirectResponse(form["post_logout_redirect_uri"], 302)

    async def _link(self, request: Request) -> Response:
        """A page of another site that links to one of ours, as a chat does."""
        return HTMLResponse(
            f'<html lang="en"><title>Chat</title><a href="{request.query_params["to"]}">open</a></html>'
        )


@contextlib.asynccontextmanager
async def provider(redirect_uri: str, **knobs: Any) -> AsyncIterator[Provider]:
    found = Provider(redirect_uri, **knobs)
    async with serving(found, found.port):
        yield found
