"""Chatwoot's contacts API as far as Amends uses it: filter, update and create; as its source code has it."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from profile_sync.core.preferences import FIELDS
from profile_sync.crms.auth import Auth, Fixed
from profile_sync.crms.port import Layout
from support.crm_servers.served import ServedCrm
from support.vendor_http import Asked, Reply

ACCOUNT = "/api/v1/accounts/3"
PROVENANCE = "amends_provenance"
MAX_TEXT = 1500
PAGE = 15
FILTERS = frozenset({"name", "phone_number", "email", "identifier", "city", "company"})
NOT_FOUND = Reply(404, {"error": "Resource could not be found"})


class ChatwootServer(ServedCrm):
    """``before_a_change``: what happens just before a change takes effect."""

    crm = "chatwoot"
    renews: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.token = "hush-access-token"
        self.contacts: dict[int, dict[str, Any]] = {}
        self.before_a_change: Callable[[], None] = lambda: None

    @property
    def layout(self) -> Layout:
        return Layout(f"{self.url}{ACCOUNT}")

    def auth(self, client: httpx.AsyncClient) -> Auth:
        return Fixed({"api_access_token": SecretStr(self.token)})

    def accepts(self, asked: Asked) -> bool:
        headers = asked.headers  # Rack makes one name of both
        return (headers.get("api_access_token") or headers.get("api-access-token")) == self.token

    def is_write(self, method: str, path: str) -> bool:
        return not urlsplit(path).path.endswith("/contacts/filter")

    def expire_token(self) -> None:
        """Somebody reset it on the profile page."""
        self.token = "another-access-token"

    # --- what a test does and asks

    def add(self, customer_id: str) -> None:
        self._new({"identifier": customer_id, "name": "Nadia", "custom_attributes": {"plan": "gold", "seats": 4}})

    def edit(self, customer_id: str, field: str, value: Any) -> None:
        self._contact(customer_id)["custom_attributes"][f"amends_{field}"] = value

    def holds(self, customer_id: str) -> Mapping[str, Any]:
        found = self._of(customer_id)
        held = found[0]["custom_attributes"] if found else {}
        kept = {name: held.get(f"amends_{name}") for name in FIELDS}
        return {name: value for name, value in kept.items() if value not in (None, "")}

    def provenance(self, customer_id: str) -> str | None:
        text: str | None = self._contact(customer_id)["custom_attributes"].get(PROVENANCE)
        return text

    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        contact = self._contact(customer_id)
        held = contact["custom_attributes"].items()
        return {"name": contact["name"], **{name: value for name, value in held if not name.startswith("amends_")}}

    @property
    def records(self) -> int:
        return len(self.contacts)

    def _of(self, customer_id: str) -> list[dict[str, Any]]:
        return [contact for contact in self.contacts.values() if contact["identifier"] == customer_id]

    def _contact(self, customer_id: str) -> dict[str, Any]:
        return self._of(customer_id)[0]

    def _new(self, values: Mapping[str, Any]) -> dict[str, Any]:
        number = max(self.contacts, default=100) + 1
        contact = {"id": number, "name": "", "email": None, "custom_attributes": {}, **values}
        self.contacts[number] = contact
        return contact

    # --- what the API does

    def _checked(self, asked: Asked) -> Reply:
        return self.respond(asked) if self.accepts(asked) else Reply(401, {"error": "Invalid Access Token"})

    def respond(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path).path
        if asked.headers.get("content-type") != "application/json":
            return Reply(415, {"error": "Unsupported Media Type"})
        if (asked.method, path) == ("POST", f"{ACCOUNT}/contacts/filter"):
            return self._filter(asked.document)
        if (asked.method, path) == ("POST", f"{ACCOUNT}/contacts"):
            return self._create(asked.document)
        row = re.fullmatch(rf"{ACCOUNT}/contacts/(\d+)", path)
        return self._update(int(row[1]), asked.document) if row and asked.method == "PUT" else NOT_FOUND

    def _filter(self, told: Mapping[str, Any]) -> Reply:
        """Text is compared without regard to case; the last of the tests has no operator to join it with another."""
        tests = told["payload"]
        for test in tests:
            if test["attribute_key"] not in FILTERS:
                return Reply(422, {"error": f"Invalid attribute key - [{test['attribute_key']}]"})
            if test["filter_operator"] != "equal_to":
                return Reply(422, {"error": "Invalid operator"})
        if not tests or tests[-1]["query_operator"] is not None:
            return Reply(500, b"PG::SyntaxError")
        every = self.contacts.values()
        found = [one for one in every if all(_meets(one, test) for test in tests)]
        return Reply(200, {"meta": {"count": len(found), "current_page": 1}, "payload": found[:PAGE]})

    def _create(self, told: Mapping[str, Any]) -> Reply:
        self.before_a_change()
        if self._of(told["identifier"]):
            return _invalid("Identifier has already been taken", "identifier")
        if _too_long(told.get("custom_attributes", {})):
            return _invalid("Custom attributes length should be < 1500", "custom_attributes")
        made = self._new({name: told[name] for name in ("identifier", "name", "custom_attributes") if name in told})
        return Reply(200, {"payload": {"contact": made, "contact_inbox": {"inbox": None, "source_id": None}}})

    def _update(self, number: int, told: Mapping[str, Any]) -> Reply:
        self.before_a_change()
        contact = self.contacts.get(number)
        if contact is None:
            return NOT_FOUND
        merged = {**contact["custom_attributes"], **told.get("custom_attributes", {})}
        if _too_long(merged):
            return _invalid("Custom attributes length should be < 1500", "custom_attributes")
        contact["custom_attributes"] = json.loads(json.dumps(merged))
        return Reply(200, {"payload": contact})


def _meets(contact: Mapping[str, Any], test: Mapping[str, Any]) -> bool:
    return str(contact.get(test["attribute_key"]) or "").lower() == str(test["values"][0]).lower()


def _too_long(attributes: Mapping[str, Any]) -> bool:
    return any(isinstance(value, str) and len(value) > MAX_TEXT for value in attributes.values())


def _invalid(message: str, attribute: str) -> Reply:
    return Reply(422, {"message": message, "attributes": [attribute]})
