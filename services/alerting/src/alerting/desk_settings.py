"""The settings of the desk: how people get in. Names carry the prefix of the service's settings, ALERTING_."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from alerting.core.accounts import Role, read_roles
from alerting.desk.oidc import Provider
from alerting.desk.single_sign_on import BACK
from alerting.desk.visitor import Access
from alerting.preferences_client import PreferencesClient
from events.loopback import is_loopback
from events.runtime.configuration import TrustedProxies

SHORTEST_PASSPHRASE = 8


class DeskSettings(BaseSettings):
    """To be inherited by the settings of the service."""

    desk_tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$")] = Field(
        "default", description="whose cases the desk shows"
    )
    desk_passphrase: SecretStr | None = Field(
        None,
        description="the quick start: whoever knows it says a name; at least 8 characters; see [signing "
        "in](signing-in.md)",
    )
    desk_passphrase_role: Role = Field("supervisor", description="the role of whoever came with the passphrase")
    trusted_proxies: TrustedProxies = Field(
        "", description="addresses or networks, separated by commas, whose `X-Forwarded-For` is believed"
    )

    oidc_issuer: str | None = Field(
        None, description="the OpenID provider, exactly as it names itself; https unless on this machine"
    )
    oidc_client_id: str | None = Field(None, description="needed with the issuer")
    oidc_client_secret: SecretStr | None = Field(None, description="not for a public client")
    oidc_roles: str | None = Field(
        None, description="needed with the issuer: `group=role`, separated by blanks or commas, or a JSON object"
    )
    oidc_roles_claim: Annotated[str, Field(min_length=1)] = Field(
        "groups", description="where the groups are; `a.b` is b inside a"
    )
    oidc_name_claim: Annotated[str, Field(min_length=1)] = Field("name", description="what colleagues read")
    oidc_scopes: str = Field("openid profile", description="must have openid")

    preferences_url: str | None = Field(
        None,
        description="where profile-sync is, such as `http://127.0.0.1:8083`; then the desk has the pages "
        "of [preferences](preferences.md)",
    )
    preferences_key: SecretStr | None = Field(
        None,
        description="needed with the URL: an API key with `preferences:read` and `preferences:act`, of "
        "the desk's tenant",
    )

    @field_validator("desk_passphrase")
    @classmethod
    def _long_enough(cls, phrase: SecretStr | None) -> SecretStr | None:
        if phrase is not None and len(phrase.get_secret_value()) < SHORTEST_PASSPHRASE:
            raise ValueError(f"must have at least {SHORTEST_PASSPHRASE} characters")
        return phrase

    @field_validator("oidc_issuer")
    @classmethod
    def _believable(cls, issuer: str | None) -> str | None:
        parts = urlsplit(issuer or "https://none")
        own = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if (
            not (parts.scheme == "https" or own)
            or not parts.netloc
            or parts.query
            or parts.fragment
            or "@" in parts.netloc
        ):
            raise ValueError("must be the provider's https address, exactly as it says it itself")
        return issuer

    @field_validator("oidc_client_id", "oidc_roles")
    @classmethod
    def _given_with_the_issuer(cls, said: str | None, info: ValidationInfo) -> str | None:
        if said is None and info.data.get("oidc_issuer") is not None:
            raise ValueError("is missing: it is needed with ALERTING_OIDC_ISSUER")
        if said is not None and info.field_name == "oidc_roles":
            read_roles(said)
        return said

    @field_validator("oidc_scopes")
    @classmethod
    def _with_openid(cls, scopes: str) -> str:
        if "openid" not in scopes.split():
            raise ValueError("must have openid among them, such as: openid profile")
        return scopes

    @field_validator("preferences_url")
    @classmethod
    def _reachable(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "https://none")
        if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc or parts.query:
            raise ValueError("must be the http(s) address of profile-sync, such as http://127.0.0.1:8083")
        return url

    @field_validator("preferences_key")
    @classmethod
    def _both_or_none(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        url = info.data.get("preferences_url", "wrong already")
        if key is None and url not in (None, "wrong already"):
            raise ValueError("is missing: it is needed with ALERTING_PREFERENCES_URL")
        if key is not None and url is None:
            raise ValueError("needs ALERTING_PREFERENCES_URL")
        return key

    @property
    def preferences(self) -> PreferencesClient | None:
        """Profile-sync, where the desk is told where it is."""
        if self.preferences_url is None or self.preferences_key is None:
            return None
        return PreferencesClient(self.preferences_url, self.preferences_key.get_secret_value())

    def access(self, public_url: str) -> Access:
        phrase = self.desk_passphrase
        return Access(
            tenant=self.desk_tenant,
            public_url=public_url,
            passphrase=phrase.get_secret_value() if phrase else None,
            passphrase_role=self.desk_passphrase_role,
            oidc=self._provider(public_url),
        )

    def _provider(self, public_url: str) -> Provider | None:
        if self.oidc_issuer is None or self.oidc_client_id is None or self.oidc_roles is None:
            return None
        secret = self.oidc_client_secret
        return Provider(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            secret=secret.get_secret_value() if secret else None,
            redirect_uri=f"{public_url}{BACK}",
            roles=read_roles(self.oidc_roles),
            roles_claim=self.oidc_roles_claim,
            name_claim=self.oidc_name_claim,
            scopes=self.oidc_scopes,
        )
