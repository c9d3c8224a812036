"""What is the generic adapter's own: preconditions, and the forms a profile may have."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from profile_sync.core.converge import Change, Profile
from profile_sync.core.preferences import FIELDS, Customer
from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.auth import Fixed
from profile_sync.crms.exchange import Exchange, Unreadable
from profile_sync.crms.port import Layout
from profile_sync.crms.rest import RestCrm
from profile_sync.crms.rest_form import SIMPLE, Form
from support import vendor_http
from support.vendor_http import Asked, Vendor
from support.vendor_http import Reply as Said

CUSTOMER = Customer("default", "cus-42")
FIELD = {"value": "bn", "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}


class Anything(Vendor):
    """Takes whatever it is sent."""

    def answer(self, asked: Asked) -> Said:
        return Said(200, {"fields": {}}, {"etag": '"7"'})


@pytest.fixture
async def vendor() -> AsyncIterator[Anything]:
    async with vendor_http.serving(Anything()) as found:
        yield found


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as found:
        yield found


def crm(vendor: Vendor, client: httpx.AsyncClient, form: Form = SIMPLE) -> RestCrm:
    return RestCrm(Exchange(client, Fixed(), 5), Layout(f"{vendor.url}/p/{{customer_id}}"), form)


def told(etag: str | None, *, exists: bool = True) -> Change:
    return Change({"language": FIELD, "note": None}, etag, exists, "amends-1")


@pytest.mark.parametrize(
    ("change", "form", "expected"),
    [
        (told('"7"'), SIMPLE, {"if-match": '"7"'}),
        (told('W/"7"'), SIMPLE, {}),  # never equal to itself in If-Match
        (told(None), SIMPLE, {}),
        (told(None, exists=False), SIMPLE, {"if-none-match": "*"}),
        (told('"7"'), Form(conditional=False), {}),
        (told(None, exists=False), Form(conditional=False), {}),
    ],
)
async def test_a_write_says_on_which_state_it_rests(
    vendor: Anything, client: httpx.AsyncClient, change: Change, form: Form, expected: dict[str, str]
) -> None:
    assert await crm(vendor, client, form).write(CUSTOMER, change) == Reply(200)
    (asked,) = vendor.asked
    assert {name: value for name, value in asked.headers.items() if name.startswith("if-")} == expected
    assert asked.headers["idempotency-key"] == "amends-1"
    assert (asked.method, asked.headers["content-type"]) == ("PATCH", "application/merge-patch+json")
    assert asked.document == {"fields": {"language": FIELD, "note": None}}


async def test_a_crm_that_makes_nobody_is_not_asked_to(vendor: Anything, client: httpx.AsyncClient) -> None:
    found = await crm(vendor, client, Form(upsert=False)).write(CUSTOMER, told(None, exists=False))
    assert found == Reply(404)
    assert vendor.asked == []


@pytest.mark.parametrize("etag", ["x" * 513, '"ü"', '"\x7f"'], ids=ascii)
async def test_an_etag_that_no_header_can_hold_is_unreadable(
    vendor: Anything, client: httpx.AsyncClient, etag: str
) -> None:
    vendor.script.append(Said(200, {"fields": {}}, {"etag": etag}))
    assert await crm(vendor, client).read(CUSTOMER) == Reply(failure=Reason.UNREADABLE)


async def test_a_profile_may_have_hundreds_of_fields_that_are_not_ours(
    vendor: Anything, client: httpx.AsyncClient
) -> None:
    others = {f"field_{number}": "x" * 500 for number in range(200)}
    vendor.script.append(Said(200, {"fields": {**others, **dict.fromkeys(FIELDS, FIELD)}}))
    found = await crm(vendor, client).read(CUSTOMER)
    assert found == Profile(dict.fromkeys(FIELDS, FIELD))


def test_a_body_is_filled_where_it_says() -> None:
    form = Form(body={"a": ["{fields}", {"who": "{customer_id}", "of": "{tenant}", "n": 7}], "{fields}": "x {fields}"})
    assert form.body_of(CUSTOMER, {"note": FIELD}) == {
        "a": [{"note": FIELD}, {"who": "cus-42", "of": "default", "n": 7}],
        "{fields}": "x {fields}",
    }
    # What a customer said is never a template.
    assert Form(bare=True).body_of(CUSTOMER, {"note": {"value": "{tenant}"}}) == {"fields": {"note": "{tenant}"}}


@pytest.mark.parametrize(
    ("pointer", "document"),
    [
        ("", {"language": "bn"}),
        ("/fields", {"fields": {"language": "bn"}}),
        ("/a~1b/c~0d", {"a/b": {"c~d": {"language": "bn"}}}),
        ("/~01", {"~1": {"language": "bn"}}),
        ("/", {"": {"language": "bn"}}),
    ],
)
def test_a_pointer_leads_to_the_fields(pointer: str, document: Any) -> None:
    assert Form(fields_at=pointer).found(document) == {"language": "bn"}
    with pytest.raises(Unreadable):
        Form(fields_at=f"{pointer}/nowhere").found(document)
