"""The CRM file says it all in one place, and every complaint about it comes at once."""

import re
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from events.problems import Invalid
from events.runtime import plain_yaml
from profile_sync import crm_file
from profile_sync.core.preferences import FIELDS
from profile_sync.core.replies import Reply
from profile_sync.crm_file import CrmPlan, _File, _Rest
from profile_sync.crms import CRMS
from profile_sync.crms.access_file import Access
from profile_sync.crms.auth import Fixed
from profile_sync.crms.flat import PROVENANCE
from profile_sync.crms.oauth import OAuth

PAGES = Path(__file__).parents[3] / "docs"
EXAMPLES = [
    pytest.param(example, id=f"{page.stem}-{number}")
    for page in (PAGES / "crms.md", *sorted(PAGES.glob("crms/*.md")))
    for number, example in enumerate(
        re.findall(r"^```yaml\n(crm: .*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    )
]
REST = "crm: rest\nurl: https://crm.example/p/{customer_id}\n"
HUBSPOT = "crm: hubspot\n"
URLS = {
    "rest": "https://crm.example/p/{customer_id}",
    "salesforce": "https://acme.my.salesforce.com",
    "hubspot": "https://api.hubapi.com",
    "zendesk": "https://acme.zendesk.com",
    "chatwoot": "https://chat.example/api/v1/accounts/3",
}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "hush-token")
    monkeypatch.setenv("CRM_EMPTY", "")
    monkeypatch.setenv("CRM_ODD", "hush\nhush")


def plan(text: str) -> CrmPlan:
    return crm_file.parse(plain_yaml.loads(text))


def complaints(text: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        plan(text)
    assert "hush" not in str(caught.value)
    return {problem.pointer: problem.message for problem in caught.value.problems}


async def sent(auth: str) -> Any:
    found = plan(f"{HUBSPOT}auth: {auth}\n")
    async with httpx.AsyncClient() as client:
        return await found.access.auth(client, 5).headers()


@pytest.mark.parametrize("name", CRMS)
def test_every_crm_can_be_named(name: str) -> None:
    found = plan(f"crm: {name}\nurl: {URLS[name]}/\n" if name != "rest" else REST)
    assert found.name == name
    assert found.layout.url == URLS[name]
    assert found.layout.name("language") == ("language" if name == "rest" else "amends_language")


def test_hubspot_is_in_one_place_for_everybody() -> None:
    assert plan(HUBSPOT).layout.url == "https://api.hubapi.com"


async def test_every_way_in() -> None:
    assert await sent("{kind: none}") == {}
    assert await sent("{kind: bearer, token: {env: CRM_TOKEN}}") == {"Authorization": "Bearer hush-token"}
    assert await sent("{kind: header, name: api_access_token, value: {env: CRM_TOKEN}}") == {
        "api_access_token": "hush-token"
    }
    assert await sent("{kind: basic, user: kim@shop.example/token, password: {env: CRM_TOKEN}}") == {
        "Authorization": "Basic a2ltQHNob3AuZXhhbXBsZS90b2tlbjpodXNoLXRva2Vu"
    }


async def test_oauth_is_one_of_them(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush-secret\n")
    text = (
        f"{HUBSPOT}auth:\n  kind: oauth2\n  token_url: http://127.0.0.1:1/token\n  client_id: x\n"
        f"  client_secret: {{file: {secret}}}\n  refresh_token: {{env: CRM_TOKEN}}\n  token_file: {tmp_path}/t.json\n"
        "  client_in: header\n  more: {scope: crm}\n"
    )
    found = plan(text)
    assert "hush" not in repr(found)
    async with httpx.AsyncClient(trust_env=False) as client:
        auth = found.access.auth(client, 5)
        assert isinstance(auth, OAuth)
        assert isinstance(await auth.headers(), Reply)  # nobody is there


def test_names_and_prefix_say_where_our_fields_are() -> None:
    found = plan(f"{HUBSPOT}prefix: pref_\nnames: {{note: remarks, provenance: whence}}\nfind_by: shop_id\n")
    assert [found.layout.name(name) for name in ("note", "provenance", "language")] == [
        "remarks",
        "whence",
        "pref_language",
    ]
    assert found.layout.find_by == "shop_id"


def test_a_form_says_how_a_rest_crm_has_it() -> None:
    found = plan(
        REST
        + "prefix: p_\nrest:\n  method: PUT\n  headers: {x-team: support, content-type: application/vnd.x+json}\n"
        + '  body: {properties: "{fields}", who: ["{customer_id}", 7]}\n  fields_at: /a~1b/c\n  bare: true\n'
        + "  conditional: false\n  upsert: false\n  idempotent: false\n"
    )
    form = found.form
    assert (form.method, form.fields_at, form.bare, form.prefix) == ("PUT", "/a~1b/c", True, "p_")
    assert form.headers == {"X-Team": "support", "Content-Type": "application/vnd.x+json"}
    assert (form.conditional, form.upsert, form.idempotent) == (False, False, False)
    assert found.crm(found.exchange(httpx.AsyncClient(), 5)).capabilities == (False, False, False, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"/crm": "is required"}),
        ("[]", {"": "must be a JSON object"}),
        ("crm: paper\n", {"/crm": "must be one of rest, salesforce, hubspot, zendesk, chatwoot"}),
        ("crm: rest\n", {"/url": "is required"}),
        ("crm: rest\nurl: http://crm.example/{customer_id}\n", {"/url": "must be https, except on this machine"}),
        ("crm: rest\nurl: https://crm.example/\n", {"/url": "must have the placeholder {customer_id}"}),
        ("crm: rest\nurl: https://hush:hush@crm.example/{customer_id}\n", {"/url": "must hold neither user and"}),
        (HUBSPOT + "url: http://api.hubapi.com\n", {"/url": "must be https"}),
        (HUBSPOT + "url: https://hush@api.hubapi.com\n", {"/url": "must hold neither user and password"}),
        (HUBSPOT + "url: https://api.hubapi.com/?a=b\n", {"/url": "must be an address without placeholders"}),
        (HUBSPOT + "url: api.hubapi.com\n", {"/url": "must be an http(s) URL, such as https://crm.example"}),
        (HUBSPOT + "colour: red\n", {"/colour": "is no word of this file"}),
        (HUBSPOT + "names: {shoe_size: x, note: 'a b'}\n", {"/names/note": "has characters that are not allowed"}),
        (HUBSPOT + "names: {shoe_size: x}\n", {"/names/shoe_size": "is no field of ours; they are contact_channel, "}),
        (HUBSPOT + "names: {note: x, language: x}\n", {"/names/note": "names a field of the CRM that has another use"}),
        (HUBSPOT + "names: {note: amends_language}\n", {"/names/note": "names a field of the CRM that has another"}),
        (HUBSPOT + "names: {note: shop_id}\nfind_by: shop_id\n", {"/find_by": "names a field of the CRM that has"}),
        (HUBSPOT + "find_by: amends_note\n", {"/find_by": "names a field of the CRM that has another use"}),
        (HUBSPOT + 'find_by: "a\' OR b"\n', {"/find_by": "has characters that are not allowed here"}),
        (HUBSPOT + "rest: {}\n", {"/rest": "is for crm: rest only"}),
        (REST + "find_by: x\n", {"/find_by": "means nothing here"}),
        (REST + "rest: {method: DELETE}\n", {"/rest/method": "must be 'PATCH', 'PUT' or 'POST'"}),
        (REST + "rest: {body: {a: b}}\n", {"/rest/body": 'must hold "{fields}" once'}),
        (REST + 'rest: {body: ["{fields}", "{fields}"]}\n', {"/rest/body": 'must hold "{fields}" once'}),
        (REST + 'rest: {body: ["{fields}", "{name}"]}\n', {"/rest/body": 'must hold "{fields}" once'}),
        (REST + "rest: {fields_at: a/b}\n", {"/rest/fields_at": "has characters that are not allowed here"}),
        (REST + "rest: {headers: {if-match: '*'}}\n", {"/rest/headers": "has a header that is not for you"}),
        (REST + "rest: {headers: {authorization: hush}}\n", {"/rest/headers/authorization": "has a header"}),
        (HUBSPOT + "auth: {kind: pigeon}\n", {"/auth": "does not name a known kind"}),
        (HUBSPOT + "auth: {kind: bearer}\n", {"/auth/token": "is required"}),
        (HUBSPOT + "auth: {kind: bearer, token: hush}\n", {"/auth/token": "must say where the secret is kept"}),
        (HUBSPOT + "auth: {kind: bearer, token: {env: CRM_NONE}}\n", {"/auth/token": "names a place that is empty"}),
        (HUBSPOT + "auth: {kind: bearer, token: {env: CRM_EMPTY}}\n", {"/auth/token": "names a place that is empty"}),
        (HUBSPOT + "auth: {kind: bearer, token: {env: CRM_ODD}}\n", {"/auth/token": "must be one line of plain"}),
        (HUBSPOT + "auth: {kind: bearer, token: {env: A, file: b}}\n", {"/auth/token": "must name one place"}),
        (HUBSPOT + "auth: {kind: bearer, token: {file: /no/such}}\n", {"/auth/token": "names a file that cannot"}),
        (
            HUBSPOT + "auth: {kind: oauth2, token_url: 'http://x.example', client_secret: {env: CRM_TOKEN}}\n",
            {"/auth/token_url": "must be https, except on this machine", "/auth/client_id": "is required"},
        ),
        (
            REST.replace("https", "http")
            + "names: {shoe: x}\nrest: {body: {}, headers: {host: x}}\nauth: {kind: bearer}\n",
            {
                "/url": "must be https",
                "/names/shoe": "is no field of ours",
                "/rest/body": "must hold",
                "/rest/headers/host": "has a header",
                "/auth/token": "is required",
            },
        ),
        (
            REST + "names: {note: language}\nfind_by: x\n",
            {"/names/note": "names a field of the CRM", "/find_by": "means nothing here"},
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, expected: dict[str, str]) -> None:
    found = complaints(text)
    for at, said in expected.items():
        assert found.get(at, "").startswith(said), found


def test_a_file_is_read_and_its_complaints_name_it(tmp_path: Path) -> None:
    path = tmp_path / "crm.yaml"
    with pytest.raises(ValueError, match=r"^crm.yaml cannot be read: FileNotFoundError$"):
        crm_file.read(path)
    path.write_text("crm: [")
    with pytest.raises(ValueError, match=r"^crm.yaml: \(document\) is not YAML"):
        crm_file.read(path)
    path.write_text(REST)
    assert isinstance(crm_file.read(path).access.auth(httpx.AsyncClient(), 5), Fixed)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_pages_is_valid(example: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in re.findall(r"env: (\w+)", example):
        monkeypatch.setenv(name, "hush")
    secret = tmp_path / "secret"
    secret.write_text("hush")
    assert plan(re.sub(r"file: [^}]+", f"file: {secret}", example)).name in CRMS


@pytest.mark.parametrize("name", CRMS)
def test_every_crm_has_a_page_with_an_example(name: str) -> None:
    assert any(f"crm: {name}\n" in str(example.values[0]) for example in EXAMPLES)
    assert name == "rest" or (PAGES / "crms" / f"{name}.md").exists()


def test_the_page_has_every_word_and_every_field() -> None:
    page = (PAGES / "crms.md").read_text()
    words = {*_File.model_fields, *_Rest.model_fields}
    for kind in get_args(get_args(Access)[0]):
        words |= {*kind.model_fields, get_args(kind.model_fields["kind"].annotation)[0]}
    fields = {
        field.replace("do_not_contact_", "_" if field != "do_not_contact_phone" else "do_not_contact_")
        for field in FIELDS
    }
    assert {word for word in words | fields | {PROVENANCE} if f"`{word}`" not in page} == set()


def test_every_field_of_ours_may_be_named() -> None:
    names = "".join(f"  {name}: x_{name}\n" for name in (*FIELDS, "provenance"))
    assert plan(f"{HUBSPOT}names:\n{names}").layout.name("note") == "x_note"
