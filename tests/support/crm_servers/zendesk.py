"""Zendesk's users API as far as Amends uses it: search by external_id, and update."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from profile_sync.core.preferences import FIELDS, is_flag
from support.crm_servers.served import ServedCrm
from support.crm_servers.words import as_bare, as_kept
from support.vendor_http import Asked, Reply

PROVENANCE = "amends_provenance"
STANDARD = frozenset({"name", "notes", "details", "tags", "phone", "external_id", "suspended"})
NOT_FOUND = Reply(404, {"error": "RecordNotFound", "description": "Not found"})


class ZendeskServer(ServedCrm):
    """``types``: of each custom user field there is. ``updates_a_minute``: how often one user may be updated, if at all
    limited (Zendesk documents 5). ``before_a_change``: what happens just before an update takes effect.
    """

    crm = "zendesk"

    def __init__(self) -> None:
        super().__init__()
        self.types = {f"amends_{field}": "regexp" if is_flag(field) else "text" for field in FIELDS}
        self.types |= {PROVENANCE: "textarea", "loyalty_tier": "text"}
        self.users: dict[int, dict[str, Any]] = {}
        self.updates_a_minute: int | None = None
        self.before_a_change: Callable[[], None] = lambda: None
        self._updated: dict[int, list[float]] = {}

    # --- what a test does and asks

    def add(self, customer_id: str) -> None:
        fields = {**dict.fromkeys(self.types), "loyalty_tier": "gold"}
        user = {"external_id": customer_id, "name": "Nadia Rahman", "notes": "likes tea", "tags": ["vip", "beta"]}
        number = 35436 + len(self.users)
        self.users[number] = {"id": number, **user, "active": True, "suspended": False, "user_fields": fields}

    def edit(self, customer_id: str, field: str, value: Any) -> None:
        self._user(customer_id)["user_fields"][f"amends_{field}"] = as_kept(field, value)

    def holds(self, customer_id: str) -> Mapping[str, Any]:
        found = self._of(customer_id)
        fields = found[0]["user_fields"] if found else {}
        kept = {name: fields.get(f"amends_{name}") for name in FIELDS}
        return {name: as_bare(name, value) for name, value in kept.items() if value is not None}

    def provenance(self, customer_id: str) -> str | None:
        text: str | None = self._user(customer_id)["user_fields"][PROVENANCE]
        return text

    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        user = self._user(customer_id)
        theirs = {name: value for name, value in user["user_fields"].items() if not name.startswith("amends_")}
        return {**{name: user.get(name) for name in STANDARD}, **theirs}

    @property
    def records(self) -> int:
        return sum(user["active"] for user in self.users.values())

    def _of(self, customer_id: str) -> list[dict[str, Any]]:
        return [user for user in self.users.values() if user["active"] and user["external_id"] == customer_id]

    def _user(self, customer_id: str) -> dict[str, Any]:
        return self._of(customer_id)[0]

    # --- what the API does

    def _checked(self, asked: Asked) -> Reply:
        return self.respond(asked) if self.accepts(asked) else Reply(401, {"error": "Couldn't authenticate you"})

    def respond(self, asked: Asked) -> Reply:
        url = urlsplit(asked.path)
        if (asked.method, url.path) == ("GET", "/api/v2/users/search.json"):
            return self._search(parse_qs(url.query, strict_parsing=True))
        row = re.fullmatch(r"/api/v2/users/(\d+)\.json", url.path)
        if row and asked.method == "PUT":
            return self._update(int(row[1]), asked)
        return NOT_FOUND

    def _search(self, query: Mapping[str, list[str]]) -> Reply:
        """The id as it is, without regard to case."""
        if set(query) != {"external_id"}:
            return Reply(400, {"error": "BadRequest"})
        wanted = query["external_id"][0].lower()
        users = [user for user in self.users.values() if user["active"]]
        found = [user for user in users if (user["external_id"] or "").lower() == wanted]
        return Reply(200, {"users": found, "next_page": None, "previous_page": None, "count": len(found)})

    def _update(self, number: int, asked: Asked) -> Reply:
        if asked.headers.get("content-type") != "application/json":
            return Reply(415, {"error": "UnsupportedContentType"})
        self.before_a_change()
        user = self.users.get(number)
        if user is None or not user["active"]:
            return NOT_FOUND
        if self._too_often(number):
            return Reply(429, b"Rate limit for user updates exceeded", {"retry-after": "93"})
        told = asked.document["user"]
        fields = {name: value for name, value in told.get("user_fields", {}).items() if name in self.types}
        invalid = {name: value for name, value in fields.items() if not self._valid(name, value)}
        if invalid:
            details = {name: [{"description": f"{name}: is invalid"}] for name in invalid}
            return Reply(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})
        user |= {name: value for name, value in told.items() if name in STANDARD}
        user["user_fields"] |= {name: self._kept(name, value) for name, value in fields.items()}
        return Reply(200, {"user": user})

    def _too_often(self, number: int) -> bool:
        now = time.monotonic()
        recent = [at for at in self._updated.get(number, []) if now - at < 60]
        self._updated[number] = [*recent, now]
        return self.updates_a_minute is not None and len(recent) >= self.updates_a_minute

    def _valid(self, name: str, value: Any) -> bool:
        match self.types[name]:
            case "checkbox":
                return value is None or isinstance(value, bool)
            case "regexp":
                return value is None or (isinstance(value, str) and re.fullmatch("yes|no", value) is not None)
        return value is None or isinstance(value, str)

    def _kept(self, name: str, value: Any) -> Any:
        """A dropdown has no room for what is none of its options."""
        return None if value == "" or self.types[name] == "dropdown" else value
