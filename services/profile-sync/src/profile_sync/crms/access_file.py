"""The part of the CRM file that says how we get in."""

import base64
from pathlib import Path
from typing import Annotated, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from events.runtime.named_secret import SendableSecret
from profile_sync.crms.address import address
from profile_sync.crms.auth import Auth, Fixed
from profile_sync.crms.oauth import Grant, OAuth
from profile_sync.crms.token_file import TokenFile

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]


class _Access(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NoAccess(_Access):
    kind: Literal["none"] = "none"

    def auth(self, client: httpx.AsyncClient, timeout_seconds: float) -> Auth:
        return Fixed()


class Bearer(_Access):
    kind: Literal["bearer"]
    token: SendableSecret

    def auth(self, client: httpx.AsyncClient, timeout_seconds: float) -> Auth:
        return Fixed.bearer(self.token)


class Basic(_Access):
    kind: Literal["basic"]
    user: Annotated[str, Field(min_length=1, pattern=r"^[^:\s]+$")]
    password: SendableSecret

    def auth(self, client: httpx.AsyncClient, timeout_seconds: float) -> Auth:
        pair = base64.b64encode(f"{self.user}:{self.password.get_secret_value()}".encode()).decode()
        return Fixed({"Authorization": SecretStr(f"Basic {pair}")})


class Header(_Access):
    """A key in a header of its own."""

    kind: Literal["header"]
    name: HeaderName
    value: SendableSecret

    def auth(self, client: httpx.AsyncClient, timeout_seconds: float) -> Auth:
        return Fixed({self.name: self.value})


class OAuth2(_Access):
    """With ``refresh_token`` by that, otherwise by client credentials.

    Attributes:
        token_file: where a refresh token is kept that the CRM replaces with every use.
        client_in: where client id and secret are sent to the token endpoint.
        more: other parameters of the token request, such as ``scope``.
    """

    kind: Literal["oauth2"]
    token_url: Annotated[str, AfterValidator(address)]
    client_id: Annotated[str, Field(min_length=1, max_length=256)]
    client_secret: SendableSecret
    refresh_token: SendableSecret | None = None
    token_file: Path | None = None
    client_in: Literal["body", "header"] = "body"
    more: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,64}$")], str] = {}

    def auth(self, client: httpx.AsyncClient, timeout_seconds: float) -> Auth:
        grant = Grant(
            self.token_url,
            self.client_id,
            self.client_secret,
            self.refresh_token,
            by_header=self.client_in == "header",
            more=self.more,
        )
        kept = TokenFile(self.token_file) if self.token_file else None
        return OAuth(client, grant, timeout_seconds=timeout_seconds, kept=kept)


Access = Annotated[NoAccess | Bearer | Basic | Header | OAuth2, Field(discriminator="kind")]
