"""HubSpot's contacts API as developers.hubspot.com documents it (CRM API v3, objects/contacts)."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from profile_sync.core.preferences import FIELDS, is_flag
from support.crm_servers.served import ServedCrm
from support.vendor_http import Asked, Reply

CONTACTS = "/crm/v3/objects/contacts"
UNIQUE = "amends_customer_id"
NOBODYS = {"firstname": "Kim", "lifecyclestage": "customer", "email": "kim@shop.example", "hs_lead_status": ""}
TEXTS = {f"amends_{field}" for field in (*FIELDS, "provenance") if not is_flag(field)}
CHECKBOXES = {f"amends_{field}" for field in FIELDS if is_flag(field)}


class HubSpotServer(ServedCrm):
    """An account whose administrator has made our properties; ``defined`` may lack some."""

    crm = "hubspot"

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, dict[str, str]] = {}
        self.defined = TEXTS | CHECKBOXES | {UNIQUE, "firstname", "lastname", "email", "lifecyclestage"}

    @property
    def records(self) -> int:
        return len(self.contacts)

    def add(self, customer_id: str) -> None:
        self._make({**NOBODYS, UNIQUE: customer_id})

    def holds(self, customer_id: str) -> Mapping[str, Any]:
        found = self._by(UNIQUE, customer_id)
        properties = self.contacts[found] if found else {}
        told = {field: properties.get(f"amends_{field}", "") for field in FIELDS}
        return {field: _read(field, value) for field, value in told.items() if value}

    def edit(self, customer_id: str, field: str, value: Any) -> None:
        found = self._by(UNIQUE, customer_id)
        assert found is not None
        self.contacts[found][f"amends_{field}"] = value if isinstance(value, str) else json.dumps(value)

    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        found = self._by(UNIQUE, customer_id)
        assert found is not None
        return {name: value for name, value in self.contacts[found].items() if name not in TEXTS | CHECKBOXES}

    def provenance(self, customer_id: str) -> str | None:
        found = self._by(UNIQUE, customer_id)
        return self.contacts[found].get("amends_provenance") if found else None

    def respond(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        query = parse_qs(parts.query)
        if asked.method == "POST" and parts.path == CONTACTS:
            return self._create(asked.document["properties"])
        if not parts.path.startswith(f"{CONTACTS}/") or parts.path.count("/") != CONTACTS.count("/") + 1:
            return _error(404, "OBJECT_NOT_FOUND", "no such path")
        by = query.get("idProperty", ["hs_object_id"])[0]
        if by not in (UNIQUE, "email", "hs_object_id"):
            return _error(400, "VALIDATION_ERROR", f"{by} is not a unique property")
        found = self._by(by, unquote(parts.path.removeprefix(f"{CONTACTS}/")))
        if found is None:
            return _error(404, "OBJECT_NOT_FOUND", "resource not found")
        if asked.method == "PATCH":
            return self._update(found, asked.document["properties"])
        names = ",".join(query.get("properties", [])).split(",")
        return Reply(200, self._contact(found, [name for name in names if name in self.defined]))

    def _create(self, properties: dict[str, Any]) -> Reply:
        if (refused := self._refused(properties)) is not None:
            return refused
        if self._by(UNIQUE, properties.get(UNIQUE, "")) is not None:
            return _invalid("CONFLICTING_UNIQUE_VALUE", UNIQUE, f"{properties[UNIQUE]} already has that value")
        return Reply(201, self._contact(self._make(properties), list(properties)))

    def _update(self, found: str, properties: dict[str, Any]) -> Reply:
        if (refused := self._refused(properties)) is not None:
            return refused
        self.contacts[found] |= properties
        return Reply(200, self._contact(found, list(properties)))

    def _refused(self, properties: dict[str, Any]) -> Reply | None:
        for name, value in properties.items():
            if name not in self.defined:
                return _invalid("PROPERTY_DOESNT_EXIST", name, f'Property "{name}" does not exist')
            if not isinstance(value, str) or (name in CHECKBOXES and value not in ("true", "false", "")):
                return _invalid("INVALID_OPTION", name, "was not one of the allowed options")
        return None

    def _by(self, name: str, value: str) -> str | None:
        if name == "hs_object_id":
            return value if value in self.contacts else None
        return next((id_ for id_, held in self.contacts.items() if value and held.get(name) == value), None)

    def _make(self, properties: dict[str, str]) -> str:
        id_ = str(151 + len(self.contacts))
        self.contacts[id_] = dict(properties)
        return id_

    def _contact(self, id_: str, names: list[str]) -> dict[str, Any]:
        at = "2026-03-02T09:40:00.000Z"
        told = {name: self.contacts[id_].get(name) or None for name in names}
        return {
            "id": id_,
            "properties": {**told, "hs_object_id": id_},
            "createdAt": at,
            "updatedAt": at,
            "archived": False,
        }


def _read(field: str, value: str) -> Any:
    return value == "true" if is_flag(field) else value


def _error(status: int, category: str, message: str) -> Reply:
    said = {"status": "error", "message": message, "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf"}
    return Reply(status, {**said, "category": category})


def _invalid(code: str, name: str, message: str) -> Reply:
    result = json.dumps([{"isValid": False, "message": message, "error": code, "name": name}])
    return _error(400, "VALIDATION_ERROR", f"Property values were not valid: {result}")
