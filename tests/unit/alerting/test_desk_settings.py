"""The settings of signing in."""

from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from alerting.desk_settings import DeskSettings


class Settings(DeskSettings):
    model_config = SettingsConfigDict(env_prefix="ALERTING_", env_ignore_empty=True, validate_default=True)


OIDC = {"ISSUER": "https://id.example.org/realm", "CLIENT_ID": "desk", "ROLES": "desk=specialist"}


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_(**said: str) -> None:
        for name, value in said.items():
            monkeypatch.setenv(f"ALERTING_{name}", value)

    return set_


def test_without_any_there_is_no_way_in_but_accounts(environ: Any) -> None:
    access = Settings().access("https://desk.test")
    assert (access.passphrase, access.oidc, access.tenant) == (None, None, "default")


def test_a_provider_is_told_where_to_send_people_back_to(environ: Any) -> None:
    environ(**{f"OIDC_{name}": value for name, value in OIDC.items()}, OIDC_CLIENT_SECRET="hidden")
    provider = Settings().access("https://desk.test").oidc
    assert provider is not None
    assert provider.redirect_uri == "https://desk.test/desk/sign-in/oidc/back"
    assert (provider.roles, provider.roles_claim, provider.scopes) == (
        {"desk": "specialist"},
        "groups",
        "openid profile",
    )
    assert "hidden" not in repr(provider)


@pytest.mark.parametrize("missing", ["CLIENT_ID", "ROLES"])
def test_an_issuer_alone_is_not_enough(environ: Any, missing: str) -> None:
    environ(**{f"OIDC_{name}": value for name, value in OIDC.items() if name != missing})
    with pytest.raises(ValidationError, match="is missing: it is needed with ALERTING_OIDC_ISSUER"):
        Settings()


@pytest.mark.parametrize(
    "issuer",
    [
        "id.example.org",
        "http://id.example.org",
        "ftp://id.example.org",
        "https://",
        "https://a.test/?x=1",
        "https://a:b@c.test",
        "https://a.test/#x",
    ],
)
def test_an_issuer_is_an_https_address(environ: Any, issuer: str) -> None:
    environ(**{f"OIDC_{name}": value for name, value in {**OIDC, "ISSUER": issuer}.items()})
    with pytest.raises(ValidationError, match="https address"):
        Settings()


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080/realm", "http://localhost:8080", "http://[::1]:8080"])
def test_on_this_machine_a_provider_may_do_without(environ: Any, issuer: str) -> None:
    environ(**{f"OIDC_{name}": value for name, value in {**OIDC, "ISSUER": issuer}.items()})
    assert Settings().oidc_issuer == issuer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ROLES", "desk=root"),
        ("OIDC_SCOPES", "profile"),
        ("DESK_PASSPHRASE", "short"),
        ("DESK_PASSPHRASE_ROLE", "root"),
        ("TRUSTED_PROXIES", "somewhere"),
    ],
)
def test_what_makes_no_sense_is_refused_at_start(environ: Any, name: str, value: str) -> None:
    environ(**{f"OIDC_{each}": said for each, said in OIDC.items()})
    environ(**{name: value})
    with pytest.raises(ValidationError):
        Settings()


def test_the_passphrase_gives_the_role_that_is_set(environ: Any) -> None:
    environ(DESK_PASSPHRASE="open sesame", DESK_PASSPHRASE_ROLE="specialist")
    access = Settings().access("https://desk.test")
    assert (access.passphrase, access.passphrase_role) == ("open sesame", "specialist")
