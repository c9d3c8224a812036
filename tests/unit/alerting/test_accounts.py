"""Roles, groups and passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.core import passwords
from alerting.core.accounts import ROLES, may, read_roles, role_of
from alerting.core.passwords import COST, Cost

QUICK = Cost(n=2, r=1, p=1)


def test_each_role_may_what_those_below_it_may() -> None:
    allowed = {(role, needed) for role in ROLES for needed in ROLES if may(role, needed)}
    assert allowed == {
        ("specialist", "specialist"),
        ("supervisor", "specialist"),
        ("supervisor", "supervisor"),
        ("admin", "specialist"),
        ("admin", "supervisor"),
        ("admin", "admin"),
    }


def test_the_highest_role_of_all_groups_counts_and_no_group_is_no_role() -> None:
    roles = read_roles("desk=specialist, leads=supervisor owners=admin")
    assert role_of(["desk", "owners", "leads"], roles) == "admin"
    assert role_of(["desk", "others"], roles) == "specialist"
    assert role_of(["Desk", "others"], roles) is None
    assert role_of([], roles) is None


def test_groups_with_blanks_and_signs_are_given_as_json() -> None:
    assert read_roles('{"cn=Desk, ou=Care": "admin"}') == {"cn=Desk, ou=Care": "admin"}
    assert read_roles("cn=desk=admin") == {"cn=desk": "admin"}


@pytest.mark.parametrize(
    "text", ["", "desk", "desk=root", "=admin", "{", '{"desk": 1}', '{"desk": ["admin"]}', "{}", "desk="]
)
def test_roles_that_make_no_sense_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|not JSON") as refused:
        read_roles(text)
    assert "desk=root" not in str(refused.value)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short one", "at least 12"),
        ("x" * 257, "at most 256"),
        ("aaaaaaaaaaaaaaaa", "first anybody"),
        ("Password 1234", "first anybody"),
        ("CORRECT horse battery-staple", "first anybody"),
        ("123456789012", "first anybody"),
        ("dana@example.org", "your login or your name"),
        ("Dana Reyes Dana Reyes", "your login or your name"),
        ("danareyes2024", "your login or your name"),
    ],
)
def test_a_password_that_is_guessed_first_is_not_taken(password: str, said: str) -> None:
    assert said in (passwords.complaint(password, "dana@example.org", "Dana Reyes") or "")


@pytest.mark.parametrize(
    "password",
    [
        "four quiet horses",
        "all lower case letters",
        "Dana Reyes likes tea",
        "пароль из двух слов",
        "🐎🐎🐎 and 9 mules",
        "x7" + "é" * 3 + "longer now",
    ],
)
def test_length_is_what_counts_and_not_kinds_of_characters(password: str) -> None:
    assert passwords.complaint(password, "dana@example.org", "Dana Reyes") is None


def test_no_names_refuse_nothing() -> None:
    assert passwords.complaint("four quiet horses", "", "!!") is None


@given(password=st.text(min_size=1, max_size=60), other=st.text(min_size=1, max_size=60))
def test_a_password_fits_what_was_kept_of_it_and_no_other_does(password: str, other: str) -> None:
    kept = passwords.hashed(password, b"0123456789abcdef", QUICK)
    assert passwords.fits(password, kept)
    assert passwords.fits(other, kept) == (passwords._normal(other) == passwords._normal(password))
    assert not passwords.fits(password, passwords.nobodys(QUICK))


def test_one_password_typed_on_two_keyboards_is_one_password() -> None:
    kept = passwords.hashed("caf\u00e9 au lait doux", b"salt", QUICK)
    assert passwords.fits("cafe\u0301 au lait doux", kept)


def test_what_is_kept_says_how_it_was_made_and_what_is_old_is_seen() -> None:
    kept = passwords.hashed("four quiet horses", b"salt", QUICK)
    assert kept.startswith("scrypt$2$1$1$")
    assert passwords.outdated(kept)
    assert not passwords.outdated(passwords.nobodys())


def test_the_cost_is_one_that_owasp_names() -> None:
    assert (COST.n, COST.r, COST.p) in {(2**17, 8, 1), (2**16, 8, 2), (2**15, 8, 3), (2**14, 8, 5), (2**13, 8, 10)}
