"""Who may see the boards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scoring.pages.access import LIFETIMES, ROLES, Access, Role

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACCESS = Access("open sesame", "secret", "https://amends.example", "default")


@pytest.mark.parametrize("role", ROLES)
def test_a_cookie_lets_in_until_it_ends(role: Role) -> None:
    cookie = ACCESS.issue(role, NOW)
    assert ACCESS.role(cookie, NOW) == role
    assert ACCESS.role(cookie, NOW + LIFETIMES[role] - timedelta(seconds=1)) == role
    assert ACCESS.role(cookie, NOW + LIFETIMES[role]) is None


def test_what_we_did_not_sign_lets_nobody_in() -> None:
    cookie = ACCESS.issue("person", NOW)
    claim, _, signature = cookie.rpartition(".")
    forged = [None, "", ".", "..", "person", f"{claim}0.{signature}", cookie.replace("person", "display"), cookie[:-1]]
    forged += [f"link.{ACCESS.display_token}", f"display.{ACCESS.display_token}", "persön.1.ä"]
    assert [ACCESS.role(text, NOW) for text in forged] == [None] * len(forged)


@pytest.mark.parametrize("changed", [{"passphrase": "another"}, {"secret": "another"}, {"tenant": "another"}])
def test_a_new_passphrase_secret_or_tenant_shuts_everybody_out(changed: dict[str, str]) -> None:
    other = replace(ACCESS, **changed)
    assert other.role(ACCESS.issue("person", NOW), NOW) is None
    assert not other.is_display_token(ACCESS.display_token)


def test_the_passphrase_opens_and_nothing_else_does() -> None:
    assert ACCESS.opens("open sesame")
    assert not any(ACCESS.opens(text) for text in ("", "open sesam", "Open sesame", "ö"))
    assert not replace(ACCESS, passphrase=None).opens("")


def test_the_link_for_screens_opens_and_nothing_else_does() -> None:
    assert ACCESS.is_display_token(ACCESS.display_token)
    assert not any(ACCESS.is_display_token(text) for text in ("", "open sesame", ACCESS.display_token[:-1], "ö"))
