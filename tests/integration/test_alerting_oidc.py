"""Signing in by an OpenID provider, over the real protocol, and every way to be let in without it."""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.desk import oidc, single_sign_on
from alerting.desk.visitor import Access
from alerting.store.accounts import Accounts
from support.alerting_schema import migrated
from support.desk_accounts import BY, PASSWORD, an_account, do, told
from support.desk_visitor import ORIGIN, Browser, only_the_entrance
from support.oidc_provider import CLIENT, SECRET, Claims, Provider, ec, provider, rsa

BACK = f"{ORIGIN}/desk/sign-in/oidc/back"
CASE = "/desk/cases/00000000-0000-0000-0000-000000000001"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def theirs() -> AsyncIterator[Provider]:
    async with provider(BACK) as theirs:
        yield theirs


def access(theirs: Provider, **changes: Any) -> Access:
    known = {"roles": {"desk": "specialist", "leads": "supervisor", "owners": "admin"}, "secret": SECRET, **changes}
    return Access("default", ORIGIN, oidc=oidc.Provider(theirs.issuer, CLIENT, redirect_uri=BACK, **known))


@pytest.fixture
async def browser(engine: AsyncEngine, theirs: Provider) -> AsyncIterator[Browser]:
    async with Browser(only_the_entrance(access(theirs), engine)) as browser:
        yield browser


async def way_back(browser: Browser, to: str = "/desk/") -> str:
    """Set out, sign in at the provider, and bring back the address it sends the browser to, not opened yet."""
    await browser.open(f"/desk/sign-in/oidc?to={to}", follow=False)
    assert browser.page.status_code == 303, browser.text
    async with httpx.AsyncClient() as client:
        answer = await client.get(browser.page.headers["location"])
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(BACK)
    return str(answer.headers["location"]).removeprefix(ORIGIN)


async def sign_in(browser: Browser, to: str = "/desk/") -> httpx.Response:
    return await browser.open(await way_back(browser, to))


async def nobody(browser: Browser) -> bool:
    return (await browser.open("/desk/")).url.path == "/desk/sign-in"


async def test_whoever_the_provider_knows_is_let_in_with_the_role_of_their_group(
    browser: Browser, engine: AsyncEngine, theirs: Provider
) -> None:
    await browser.open(CASE)
    link = re.search(r'href="(/desk/sign-in/oidc\?to=[^"]+)"', browser.page.text)
    assert link
    await sign_in(browser, parse_qs(urlsplit(link[1]).query)["to"][0])
    assert browser.page.url.path == CASE
    assert browser.text.startswith("Dana Reyes specialist oidc")
    (account,) = await Accounts(engine, "default").all()
    assert (account.name, account.login, account.issuer) == ("Dana Reyes", None, theirs.issuer)
    assert [what for _, what, _ in await told(engine)] == ["account.added", "sign_in.done"]


async def test_the_request_is_bound_to_this_browser_three_times(browser: Browser, theirs: Provider) -> None:
    asked = []
    for _ in range(2):
        await browser.open("/desk/sign-in/oidc", follow=False)
        asked.append(
            {name: values[0] for name, values in parse_qs(urlsplit(browser.page.headers["location"]).query).items()}
        )
    for each in asked:
        assert each["response_type"] == "code"
        assert each["code_challenge_method"] == "S256"
        assert each["redirect_uri"] == BACK
        assert all(len(each[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
    cookie = browser.page.headers["set-cookie"].lower()
    assert all(each in cookie for each in ("httponly", "samesite=lax", "path=/desk/sign-in/oidc"))


async def test_name_and_role_are_those_of_today(browser: Browser, engine: AsyncEngine, theirs: Provider) -> None:
    await sign_in(browser)
    theirs.person |= {"name": "Dana Reyes-Kim", "groups": ["leads", "desk", "others"]}
    async with Browser(only_the_entrance(access(theirs), engine)) as elsewhere:
        await sign_in(elsewhere)
        assert elsewhere.text.startswith("Dana Reyes-Kim supervisor")
    assert await nobody(browser), "a session with the role of yesterday"
    assert len(await Accounts(engine, "default").all()) == 1


async def test_the_subject_is_the_person_and_not_the_name(engine: AsyncEngine, theirs: Provider) -> None:
    await an_account(engine, "dana reyes")
    for subject in ("u-1", "u-2", "u-1"):
        theirs.person["sub"] = subject
        async with Browser(only_the_entrance(access(theirs), engine)) as browser:
            await sign_in(browser)
            expected = {"u-1": "Dana Reyes (2)", "u-2": "Dana Reyes (3)"}[subject]
            assert browser.text.startswith(f"{expected} specialist")
    assert len(await Accounts(engine, "default").all()) == 3


@pytest.mark.parametrize("groups", [["others"], [], None, "Desk", {"desk": True}, [["desk"]], 7])
async def test_whoever_is_in_no_group_of_ours_is_told_so(
    browser: Browser, engine: AsyncEngine, theirs: Provider, groups: Any
) -> None:
    theirs.person["groups"] = groups
    await sign_in(browser)
    assert browser.page.status_code == 403
    assert "None of the groups you are in" in browser.text
    assert await nobody(browser)
    assert await Accounts(engine, "default").all() == []


async def test_somebody_disabled_here_stays_out_whatever_the_provider_says(
    browser: Browser, engine: AsyncEngine, theirs: Provider
) -> None:
    await sign_in(browser)
    (account,) = await Accounts(engine, "default").all()
    await Accounts(engine, "default").disable(account.id, BY)
    assert await nobody(browser)
    theirs.person["groups"] = ["owners"]
    await sign_in(browser)
    assert browser.page.status_code == 403
    assert await nobody(browser)
    (account,) = await Accounts(engine, "default").all()
    assert (account.role, account.state) == ("specialist", "disabled")


def unsigned(theirs: Provider, claims: Claims) -> str:
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


def by_the_clients_secret(theirs: Provider, claims: Claims) -> str:
    key = OctKey.import_key(SECRET.ljust(32, "x"))
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, key, registry=JWSRegistry(algorithms=["HS256"]))


def by_the_public_key(theirs: Provider, claims: Claims) -> str:
    """The oldest trick: the public key, which everybody has, taken as a shared secret."""
    public = theirs.keys[0].as_pem(private=False)
    head = [{"alg": "HS256", "kid": "first"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in head]
    signature = hmac.new(public, ".".join(encoded).encode(), hashlib.sha256).digest()
    return ".".join([*encoded, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()])


def by_another_key(theirs: Provider, claims: Claims) -> str:
    return theirs.signed(claims, rsa("first"))


def by_a_key_it_brings_along(theirs: Provider, claims: Claims) -> str:
    key = rsa("mine")
    return theirs.signed(claims, key, jwk=key.as_dict(private=False))


def cut_short(theirs: Provider, claims: Claims) -> str:
    return theirs.signed(claims)[:-8]


def exchanged(theirs: Provider, claims: Claims) -> str:
    """The signature of one token under the claims of another."""
    head, _, signature = theirs.signed({**claims, "sub": "u-2"}).split(".")
    return ".".join([head, theirs.signed(claims).split(".")[1], signature])


FORGERIES = (
    unsigned,
    by_the_clients_secret,
    by_the_public_key,
    by_another_key,
    by_a_key_it_brings_along,
    cut_short,
    exchanged,
)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
async def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    browser: Browser, engine: AsyncEngine, theirs: Provider, forge: Callable[[Provider, Claims], str]
) -> None:
    theirs.sign = lambda claims: forge(theirs, claims)
    await sign_in(browser)
    assert browser.page.status_code == 403
    assert await nobody(browser)
    assert (await told(engine))[-1] == (None, "sign_in.refused", {"way": "oidc", "why": "token"})
    theirs.sign = None
    assert (await sign_in(browser)).status_code == 200


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.test"},
    "almost the issuer": {"iss": "/"},
    "no issuer": {"iss": None},
    "for somebody else": {"aud": "another client"},
    "for others too, and asked for by one of them": {"aud": [CLIENT, "other"], "azp": "other"},
    "for others too, and nobody says who asked": {"aud": [CLIENT, "other"]},
    "asked for by somebody else": {"azp": "other"},
    "no audience": {"aud": None},
    "nobody's": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject too long": {"sub": "x" * 256},
    "a subject that is a number": {"sub": 7},
    "a subject that no database takes": {"sub": "u\0"},
    "over": {"exp": -61},
    "without an end": {"exp": None},
    "an end that is no time": {"exp": "tomorrow"},
    "of tomorrow": {"iat": 3600},
    "not yet": {"nbf": 3600},
    "another nonce": {"nonce": "guessed"},
    "no nonce": {"nonce": None},
    "several nonces": {"nonce": ["guessed"]},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_token_that_is_not_meant_for_us_now_opens_nothing(
    browser: Browser, theirs: Provider, lie: dict[str, Any]
) -> None:
    def lied(claims: Claims) -> Claims:
        said = {**claims, **lie}
        for name in ("exp", "iat", "nbf"):
            if isinstance(lie.get(name), int):
                said[name] = int(time.time()) + lie[name]
        if isinstance(lie.get("nonce"), list):
            said["nonce"] = [claims["nonce"], "guessed"]
        if lie.get("iss") == "/":
            said["iss"] = claims["iss"] + "/"
        return {name: value for name, value in said.items() if value is not None}

    theirs.lie = lied
    await sign_in(browser)
    assert browser.page.status_code == 403
    assert await nobody(browser)


async def test_clocks_may_differ_by_a_minute(browser: Browser, theirs: Provider) -> None:
    theirs.lie = lambda claims: {**claims, "exp": int(time.time()) - 30, "iat": int(time.time()) + 30}
    assert (await sign_in(browser)).text.startswith("Dana Reyes")


async def test_what_comes_back_is_taken_once(browser: Browser, engine: AsyncEngine) -> None:
    """Also with the cookie of the way out, that somebody may have kept."""
    back = await way_back(browser)
    cookie = browser.http.cookies.get(single_sign_on.COOKIE) or ""
    await browser.open(back)
    assert browser.text.startswith("Dana Reyes")
    assert browser.http.cookies.get(single_sign_on.COOKIE) is None
    async with Browser(browser.http._transport.app) as thief:  # type: ignore[attr-defined]
        await thief.open(back)
        assert thief.page.status_code == 400
        thief.http.cookies.set(single_sign_on.COOKIE, cookie, domain="desk.test", path="/desk/sign-in/oidc")
        await thief.open(back)
        assert thief.page.status_code == 400
        assert await nobody(thief)


async def test_one_persons_code_does_not_sign_another_browser_in(browser: Browser, engine: AsyncEngine) -> None:
    """Sign-in forgery: an attacker's code, or an attacker's state, in the browser of somebody else."""
    async with Browser(browser.http._transport.app) as victim:  # type: ignore[attr-defined]
        attackers = await way_back(browser)
        await victim.open(attackers)
        assert victim.page.status_code == 400
        own = await way_back(victim)
        code = parse_qs(urlsplit(attackers).query)["code"][0]
        state = parse_qs(urlsplit(own).query)["state"][0]
        await victim.open(f"/desk/sign-in/oidc/back?code={code}&state={state}")
        assert victim.page.status_code == 403, "the verifier is that of another browser"
        assert await nobody(victim)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x&code=x", "?error=access_denied", "?code=x&state=" + "x" * 43]
)
async def test_a_way_back_without_a_way_out_leads_nowhere(browser: Browser, theirs: Provider, query: str) -> None:
    await browser.open(f"/desk/sign-in/oidc/back{query}")
    assert browser.page.status_code == 400
    await way_back(browser)
    await browser.open(f"/desk/sign-in/oidc/back{query}")
    assert browser.page.status_code == 400
    assert theirs.count("/token") == 0


async def test_a_way_out_too_long_ago_is_over(browser: Browser, engine: AsyncEngine) -> None:
    back = await way_back(browser)
    await do(engine, "UPDATE oidc_flow SET ends_at = now()")
    assert (await browser.open(back)).status_code == 400


@pytest.mark.parametrize("to", ["https://evil.test/", "//evil.test", "/\\evil.test", "/v1/cases"])
async def test_the_way_back_ends_at_the_desk(browser: Browser, to: str) -> None:
    await browser.open(await way_back(browser, to), follow=False)
    assert (browser.page.status_code, browser.page.headers["location"]) == (303, "/desk/")


@pytest.mark.parametrize("error", ["access_denied", "server_error", "temporarily_unavailable", "<script>"])
async def test_what_the_provider_refuses_is_said_without_its_words(
    browser: Browser, engine: AsyncEngine, theirs: Provider, error: str
) -> None:
    theirs.refuse = error
    await sign_in(browser)
    assert browser.page.status_code == 403
    assert "script>alert" not in browser.text
    why = "denied" if error == "access_denied" else "error"
    assert (await told(engine))[-1] == (None, "sign_in.refused", {"way": "oidc", "why": why})


async def test_a_wrong_client_secret_lets_nobody_in(engine: AsyncEngine, theirs: Provider) -> None:
    async with Browser(only_the_entrance(access(theirs, secret="wrong"), engine)) as browser:
        await sign_in(browser)
        assert browser.page.status_code == 403
        assert (await told(engine))[-1][2] == {"way": "oidc", "why": "client"}


async def test_a_client_without_a_secret_has_pkce(engine: AsyncEngine, theirs: Provider) -> None:
    theirs.public = True
    async with Browser(only_the_entrance(access(theirs, secret=None), engine)) as browser:
        assert (await sign_in(browser)).text.startswith("Dana Reyes")


@pytest.mark.parametrize("key", [rsa, ec])
async def test_a_new_key_is_looked_up_and_an_old_one_forgotten(
    browser: Browser, theirs: Provider, monkeypatch: pytest.MonkeyPatch, key: Callable[[str], Any]
) -> None:
    monkeypatch.setattr(oidc, "ASK_AGAIN_SECONDS", 0.0)
    await sign_in(browser)
    old = theirs.keys[0]
    theirs.keys = [key("second")]
    assert (await sign_in(browser)).text.startswith("Dana Reyes")
    assert theirs.count("/keys") == 2
    await browser.open("/desk/account")
    await browser.submit("/desk/sign-out")
    theirs.sign = lambda claims: theirs.signed(claims, old)
    await sign_in(browser)
    assert browser.page.status_code == 403


async def test_tokens_with_unknown_keys_do_not_make_us_ask_each_time(browser: Browser, theirs: Provider) -> None:
    await sign_in(browser)
    theirs.sign = lambda claims: theirs.signed(claims, rsa("unknown"))
    for _ in range(5):
        await sign_in(browser)
        assert browser.page.status_code == 403
    assert theirs.count("/keys") == 1
    assert theirs.count("/.well-known/openid-configuration") == 1


async def test_while_the_provider_is_away_accounts_of_the_desk_open(engine: AsyncEngine, theirs: Provider) -> None:
    await an_account(engine, "ravi")
    theirs.down = True
    async with Browser(only_the_entrance(access(theirs), engine)) as browser:
        await browser.open("/desk/sign-in/oidc")
        assert browser.page.status_code == 503
        assert "does not answer" in browser.text
        await browser.sign_in("ravi", PASSWORD)
        assert browser.text.startswith("Ravi")


async def test_a_provider_that_goes_away_in_the_middle_is_said_so(browser: Browser, theirs: Provider) -> None:
    back = await way_back(browser)
    theirs.down = True
    await browser.open(back)
    assert browser.page.status_code == 503
    theirs.down = False
    assert (await sign_in(browser)).text.startswith("Dana Reyes")


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": None},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_provider_that_describes_itself_wrongly_is_not_used(
    browser: Browser, theirs: Provider, metadata: dict[str, Any]
) -> None:
    theirs.metadata = metadata
    assert (await browser.open("/desk/sign-in/oidc")).status_code == 503


async def test_an_answer_names_its_issuer_where_the_provider_says_it_does(browser: Browser, theirs: Provider) -> None:
    theirs.metadata = {"authorization_response_iss_parameter_supported": True}
    back = await way_back(browser)
    await browser.open(back.replace("realm", "elsewhere"))
    assert browser.page.status_code == 403
    back = await way_back(browser)
    await browser.open(re.sub(r"&iss=[^&]+", "", back))
    assert browser.page.status_code == 403
    assert (await sign_in(browser)).text.startswith("Dana Reyes")


async def test_what_a_thin_token_leaves_out_is_asked_for(browser: Browser, theirs: Provider) -> None:
    theirs.thin = True
    assert (await sign_in(browser)).text.startswith("Dana Reyes specialist")


async def test_what_is_said_of_somebody_else_does_not_count(browser: Browser, theirs: Provider) -> None:
    theirs.thin = True
    theirs.lie = lambda claims: {**claims, "sub": "u-2"}
    await sign_in(browser)
    assert browser.page.status_code == 403


async def test_groups_may_lie_deeper(engine: AsyncEngine, theirs: Provider) -> None:
    theirs.person = {"sub": "u-1", "preferred_username": "dana", "realm_access": {"roles": ["owners"]}}
    async with Browser(only_the_entrance(access(theirs, roles_claim="realm_access.roles"), engine)) as browser:
        assert (await sign_in(browser)).text.startswith("dana admin")


async def test_signing_out_offers_to_sign_out_there_too(browser: Browser, theirs: Provider) -> None:
    await sign_in(browser)
    await browser.open("/desk/account")
    await browser.submit("/desk/sign-out")
    assert "Sign out there too" in browser.text
    assert "form-action 'self' https: http://127.0.0.1" in browser.page.headers["content-security-policy"]
    place = re.search(r'action="(http://127[^"]+)"', browser.page.text)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', browser.page.text))
    assert place
    async with httpx.AsyncClient() as client:
        answer = await client.post(place[1], data=hidden)
    assert answer.headers["location"] == f"{ORIGIN}/desk/sign-in"
    assert theirs.signed_out == [{"sub": "u-1", "to": f"{ORIGIN}/desk/sign-in"}]
    assert await nobody(browser)


async def test_sessions_of_a_provider_that_is_not_used_any_more_end(
    browser: Browser, engine: AsyncEngine, theirs: Provider
) -> None:
    await sign_in(browser)
    for other in (Access("default", ORIGIN, "open sesame"), access(Provider(BACK, port=theirs.port + 1))):
        async with Browser(only_the_entrance(other, engine)) as new:
            new.http.cookies = browser.http.cookies
            assert await nobody(new)


async def test_setting_out_again_and_again_is_slowed_down(browser: Browser) -> None:
    statuses = [(await browser.open("/desk/sign-in/oidc", follow=False)).status_code for _ in range(62)]
    assert statuses[:60] == [303] * 60
    assert 429 in statuses[60:]
