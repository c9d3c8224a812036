"""CRMs with a profile resource: one as the generic adapter expects it, and one that has everything otherwise."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from profile_sync.core.preferences import FIELDS
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Crm, Layout
from profile_sync.crms.rest import RestCrm
from profile_sync.crms.rest_form import Form
from support.crm_servers.served import ServedCrm
from support.vendor_http import Asked, Reply

NOBODYS = {"owner": "dana", "vip": True, "tags": ["a", "b"], "score": 4.5}
"""What is in every profile beside our fields."""


class RestServer(ServedCrm):
    """ETag and If-Match, a key that makes a repeated write one, provenance beside each value; strict."""

    crm = "rest"

    def __init__(self) -> None:
        super().__init__()
        self.profiles: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self._answered: dict[str, tuple[bytes, Reply]] = {}

    @property
    def layout(self) -> Layout:
        return Layout(f"{self.url}/profiles/{{customer_id}}")

    @property
    def records(self) -> int:
        return len(self.profiles)

    def add(self, customer_id: str) -> None:
        self._set(customer_id, dict(NOBODYS))

    def holds(self, customer_id: str) -> Mapping[str, Any]:
        held = self.profiles.get(customer_id, {})
        ours = {name: held[name] for name in FIELDS if name in held}
        return {name: have["value"] if isinstance(have, dict) else have for name, have in ours.items()}

    def edit(self, customer_id: str, field: str, value: Any) -> None:
        self._set(customer_id, {**self.profiles[customer_id], field: {"value": value, "source": "edited by hand"}})

    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        return {name: value for name, value in self.profiles[customer_id].items() if name not in FIELDS}

    def respond(self, asked: Asked) -> Reply:
        folder, _, id_ = urlsplit(asked.path).path.rpartition("/")
        id_ = unquote(id_)
        if folder != "/profiles" or not id_:
            return Reply(404, {"message": "no such resource"})
        if asked.method == "GET":
            return self._profile(id_) if id_ in self.profiles else Reply(404, {"message": "no such profile"})
        if asked.method != "PATCH":
            return Reply(405)
        key = asked.headers.get("idempotency-key")
        if not key or asked.headers.get("content-type") != "application/merge-patch+json":
            return Reply(400, {"message": "an Idempotency-Key and a merge patch, please"})
        if key in self._answered:
            before, answer = self._answered[key]
            return answer if before == asked.body else Reply(422, {"message": "the key came with another body"})
        return self._patch(id_, key, asked)

    def _patch(self, id_: str, key: str, asked: Asked) -> Reply:
        match, none_match = asked.headers.get("if-match"), asked.headers.get("if-none-match")
        if match is None and none_match is None:
            return Reply(428, {"message": "If-Match or If-None-Match, please"})
        if match != self._etag(id_) if id_ in self.profiles else none_match != "*":
            return Reply(412, {"message": "the profile has changed"})
        fields = asked.document["fields"]
        changed = {**self.profiles.get(id_, {}), **fields}
        self._set(id_, {name: value for name, value in changed.items() if value is not None})
        self._answered[key] = (asked.body, self._profile(id_))
        return self._profile(id_)

    def _set(self, id_: str, profile: dict[str, Any]) -> None:
        self.profiles[id_] = profile
        self.versions[id_] = self.versions.get(id_, 0) + 1

    def _etag(self, id_: str) -> str:
        return f'"{self.versions[id_]}"'

    def _profile(self, id_: str) -> Reply:
        return Reply(200, {"id": id_, "fields": self.profiles[id_]}, {"etag": self._etag(id_)})


class OddRestServer(ServedCrm):
    """Bare values deep in the answer, written by POST with names of its own; no ETags, no keys; makes nobody."""

    crm = "rest"
    form = Form(
        method="POST",
        headers={"X-Workspace": "support"},
        body={"person": "{customer_id}", "set": {"attributes": "{fields}"}, "by": "amends"},
        fields_at="/data/person~1custom/0",
        bare=True,
        prefix="pref_",
        conditional=False,
        upsert=False,
        idempotent=False,
    )

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, Any]] = {}

    @property
    def layout(self) -> Layout:
        return Layout(f"{self.url}/api/people?id={{customer_id}}&of={{tenant}}", names={"note": "Remarks"})

    def adapter(self, exchange: Exchange) -> Crm:
        return RestCrm(exchange, self.layout, self.form)

    @property
    def records(self) -> int:
        return len(self.people)

    def add(self, customer_id: str) -> None:
        self.people[customer_id] = {"language": "not ours", **NOBODYS}

    def holds(self, customer_id: str) -> Mapping[str, Any]:
        person = self.people.get(customer_id, {})
        return {field: person[name] for field, name in self._names().items() if name in person}

    def edit(self, customer_id: str, field: str, value: Any) -> None:
        self.people[customer_id][self._names()[field]] = value

    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        ours = set(self._names().values())
        return {name: value for name, value in self.people[customer_id].items() if name not in ours}

    def _names(self) -> dict[str, str]:
        return {field: "Remarks" if field == "note" else f"pref_{field}" for field in FIELDS}

    def respond(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        said = dict(part.split("=", 1) for part in parts.query.split("&"))
        id_ = unquote(said.get("id", ""))
        if parts.path != "/api/people" or asked.headers.get("x-workspace") != "support" or len(said) != 2:
            return Reply(400, {"message": "not such a request"})
        if id_ not in self.people:
            return Reply(404, {"message": "nobody"})
        if asked.method == "POST":
            document = json.loads(asked.body)
            if document["person"] != id_ or document["by"] != "amends" or asked.headers.get("if-match"):
                return Reply(400, {"message": "not such a body"})
            changed = {**self.people[id_], **document["set"]["attributes"]}
            self.people[id_] = {name: value for name, value in changed.items() if value is not None}
            return Reply(204)
        return Reply(200, {"data": {"person/custom": {"0": self.people[id_]}}})
