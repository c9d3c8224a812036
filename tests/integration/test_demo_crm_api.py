"""The reference CRM: preconditions, idempotency keys, and people who edit."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from demo_crm.app import create_app

TOKEN = "a-token-for-tests"
FIELDS = {"language": {"value": "bn", "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}}
NEW = {"If-None-Match": "*"}


@pytest.fixture
async def crm(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(database_url, TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://crm", headers=headers) as client,
    ):
        yield client


async def test_a_profile_is_made_read_and_changed_field_by_field(crm: httpx.AsyncClient) -> None:
    assert (await crm.get("/profiles/cus-42")).status_code == 404
    made = await crm.patch("/profiles/cus-42", json={"fields": FIELDS}, headers=NEW)
    assert made.status_code == 200
    etag = (await crm.get("/profiles/cus-42")).headers["ETag"]
    assert etag == made.headers["ETag"]
    changed = await crm.patch("/profiles/cus-42", json={"fields": {"tier": "gold"}}, headers={"If-Match": etag})
    assert changed.json()["fields"] == {**FIELDS, "tier": "gold"}
    assert changed.headers["ETag"] != etag
    cleared = {"fields": {"tier": None}}
    await crm.patch("/profiles/cus-42", json=cleared, headers={"If-Match": changed.headers["ETag"]})
    assert (await crm.get("/profiles/cus-42")).json()["fields"] == FIELDS


async def test_a_change_must_name_the_state_it_starts_from(crm: httpx.AsyncClient) -> None:
    async def status(**headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await crm.patch("/profiles/cus-42", json={"fields": FIELDS}, headers=sent)).status_code

    assert await status() == 428
    assert await status(If_Match='"1"') == 412
    assert await status(If_Match="*") == 412
    assert await status(If_None_Match="*") == 200
    assert await status(If_None_Match="*") == 412
    assert await status(If_Match='"7"') == 412
    assert await status(If_Match='"7", "1"') == 200
    assert await status(If_Match="*") == 200


async def test_a_request_that_comes_again_is_answered_as_it_was_and_done_once(crm: httpx.AsyncClient) -> None:
    headers = {**NEW, "Idempotency-Key": "k-1"}
    first = await crm.patch("/profiles/cus-42", json={"fields": FIELDS}, headers=headers)
    await crm.patch("/profiles/cus-42", json={"fields": {"tier": "gold"}}, headers={"If-Match": first.headers["ETag"]})
    again = await crm.patch("/profiles/cus-42", json={"fields": FIELDS}, headers=headers)
    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first.json(), first.headers["ETag"])
    other = await crm.patch("/profiles/cus-42", json={"fields": {"tier": "tin"}}, headers=headers)
    assert other.status_code == 422
    elsewhere = await crm.patch("/profiles/cus-43", json={"fields": FIELDS}, headers=headers)
    assert elsewhere.status_code == 422
    assert (await crm.get("/profiles/cus-42")).json()["fields"]["tier"] == "gold"


async def test_a_refused_request_leaves_its_key_free(crm: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert (await crm.patch("/profiles/x", json={"fields": FIELDS}, headers={**key, "If-Match": '"9"'})).is_error
    assert (await crm.patch("/profiles/x", json={"fields": FIELDS}, headers={**key, **NEW})).is_success


async def test_of_two_who_change_one_profile_at_once_one_is_refused(crm: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(crm.patch("/profiles/cus-42", json={"fields": {"tier": str(n)}}, headers=NEW) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_profiles_are_listed_page_by_page(crm: httpx.AsyncClient) -> None:
    for number in range(5):
        await crm.patch(f"/profiles/cus-{number}", json={"fields": FIELDS}, headers=NEW)
    seen, after = [], ""
    while after is not None:
        page = (await crm.get("/profiles", params={"limit": 2, "after": after})).json()
        seen += [profile["id"] for profile in page["profiles"]]
        after = page["next"]
    assert seen == [f"cus-{number}" for number in range(5)]


async def test_the_api_asks_for_the_token(crm: httpx.AsyncClient) -> None:
    for authorization in ("", "Bearer wrong", "Basic x", "Bearer é".encode().decode("latin-1")):
        answer = await crm.get("/profiles", headers={"Authorization": authorization.encode("latin-1")})
        assert answer.status_code == 401


async def test_a_person_edits_and_clears_a_field_on_the_page(crm: httpx.AsyncClient) -> None:
    await crm.patch("/profiles/cus-42", json={"fields": FIELDS}, headers=NEW)
    assert "Speaks bn" in (await crm.get("/")).text
    saved = await crm.post("/customers/cus-42", data={"field": "contact_channel", "value": "phone"})
    assert (saved.status_code, saved.headers["Location"]) == (303, "/customers/cus-42")
    page = (await crm.get("/customers/cus-42")).text
    assert "Prefers phone" in page
    assert "edited by hand" in page
    held = await crm.get("/profiles/cus-42")
    assert held.json()["fields"]["contact_channel"]["value"] == "phone"
    assert held.headers["ETag"] == '"2"'
    # The browser sends the field beside the button, then the button.
    await crm.post("/customers/cus-42", content="field=contact_channel&value=phone&value=", headers=FORM)
    assert "contact_channel" not in (await crm.get("/profiles/cus-42")).json()["fields"]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_the_form_refuses_what_it_does_not_offer(crm: httpx.AsyncClient) -> None:
    await crm.patch("/profiles/cus-42", json={"fields": FIELDS}, headers=NEW)

    async def status(path: str = "/customers/cus-42", **data: str) -> int:
        return (await crm.post(path, data={"field": "contact_channel", "value": "phone"} | data)).status_code

    assert await status(value="pigeon") == 422
    asked = await crm.post("/customers/cus-42", data={"field": "contact_time", "value": "noon"})
    assert "contact_time must be one of: morning, midday" in asked.text
    assert await status(field="Not A Field") == 422
    assert await status("/customers/nobody") == 404
    elsewhere = await crm.post(
        "/customers/cus-42", data={"field": "note", "value": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert elsewhere.status_code == 403


async def test_what_a_customer_wrote_stays_text_on_the_page(crm: httpx.AsyncClient) -> None:
    fields = {"note": {"value": "<script>alert(1)</script>", "source": '"><b>'}}
    await crm.patch("/profiles/cus-42", json={"fields": fields}, headers=NEW)
    for path in ("/", "/customers/cus-42"):
        answer = await crm.get(path)
        assert "<script>" not in answer.text
        assert '"><b>' not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_an_empty_crm_says_so(crm: httpx.AsyncClient) -> None:
    assert "No profiles yet" in (await crm.get("/")).text


async def test_the_documentation_of_its_api_needs_no_other_server(crm: httpx.AsyncClient) -> None:
    page = await crm.get("/docs")
    assert page.status_code == 200
    assert "http://crm/swagger/" in page.text
    assert "https://" not in page.text
