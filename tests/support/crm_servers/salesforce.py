"""Salesforce's REST API as far as Amends uses it: SOQL on Contact, and sObject Rows with If-Unmodified-Since."""

import json
import operator
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from profile_sync.core.preferences import FIELDS, is_flag
from support.crm_servers.served import ServedCrm
from support.crm_servers.words import as_bare, as_kept
from support.vendor_http import Asked, Reply

API = "/services/data/v60.0"
CUSTOMER_ID = "amends_customer_id__c"
PROVENANCE = "amends_provenance__c"
LONG = 5000
_CONDITION = re.compile(r"""(\w+) (=|!=) '((?:[^'\\\n\r]|\\[nrtbf"'\\])*)'""")
_WHERE = rf"{_CONDITION.pattern}(?: OR {_CONDITION.pattern})*"
_SOQL = re.compile(rf"SELECT ([\w, ]+) FROM Contact WHERE ({_WHERE}) LIMIT (\d+)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@dataclass
class Contact:
    """``changed``: POSIX seconds, whole ones."""

    values: dict[str, Any]
    changed: float
    deleted: bool = False
    standard: dict[str, Any] = field(default_factory=lambda: {"LastName": "Rahman", "Title": "Dr", "Tier__c": "gold"})


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.reply = said(status, code, message)


def said(status: int, code: str, message: str = "") -> Reply:
    body = json.dumps([{"message": message or code.lower(), "errorCode": code, "fields": []}]).encode()
    return Reply(status, body)


class SalesforceServer(ServedCrm):
    """A Salesforce org.

    Attributes:
        clock: POSIX seconds.
        lengths: of text fields that are shorter than LONG.
        before_a_change: what happens between a request and the moment it takes effect.
    """

    crm = "salesforce"

    def __init__(self) -> None:
        super().__init__()
        self.tokens.lifetime = None
        self.clock: Callable[[], float] = time.time
        self.before_a_change: Callable[[], None] = lambda: None
        self.lengths: dict[str, int] = {}
        self.contacts: dict[str, Contact] = {}
        self.names = {f"amends_{name}__c": name for name in FIELDS}

    # --- what a test does and asks

    def add(self, customer_id: str, ref: str | None = None) -> None:
        values = {CUSTOMER_ID: customer_id, PROVENANCE: None, **dict.fromkeys(self.names)}
        self.contacts[ref or f"003{len(self.contacts):012d}AAA"] = Contact(values, self._now())

    def edit(self, customer_id: str, field: str, value: Any) -> None:
        contact = self._contact(customer_id)
        contact.values[f"amends_{field}__c"] = as_kept(field, value)
        contact.changed = self._now()

    def touch(self, customer_id: str) -> None:
        """A human changes something that is not ours."""
        contact = self._contact(customer_id)
        contact.standard["Title"], contact.changed = "Prof", self._now()

    def holds(self, customer_id: str) -> Mapping[str, Any]:
        found = self._of(customer_id)
        values = found[0].values if found else {}
        kept = {name: values.get(theirs) for theirs, name in self.names.items()}
        return {name: as_bare(name, value) for name, value in kept.items() if value is not None}

    def provenance(self, customer_id: str) -> str | None:
        text: str | None = self._contact(customer_id).values[PROVENANCE]
        return text

    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        return dict(self._contact(customer_id).standard)

    @property
    def records(self) -> int:
        return sum(not contact.deleted for contact in self.contacts.values())

    def _of(self, customer_id: str) -> list[Contact]:
        alive = [contact for contact in self.contacts.values() if not contact.deleted]
        return [contact for contact in alive if contact.values[CUSTOMER_ID] == customer_id]

    def _contact(self, customer_id: str) -> Contact:
        return self._of(customer_id)[0]

    def _now(self) -> float:
        return float(int(self.clock()))

    # --- what the API does

    def _checked(self, asked: Asked) -> Reply:
        if not self.accepts(asked):
            return said(401, "INVALID_SESSION_ID", "Session expired or invalid")
        try:
            return self.respond(asked)
        except Refused as refused:
            return refused.reply

    def respond(self, asked: Asked) -> Reply:
        url = urlsplit(asked.path)
        if (asked.method, url.path) == ("GET", f"{API}/query"):
            return self._query(parse_qs(url.query, strict_parsing=True)["q"][0])
        row = re.fullmatch(rf"{API}/sobjects/Contact/([^/]+)", url.path)
        if row and asked.method == "PATCH":
            return self._patch(unquote(row[1]), asked)
        return said(404, "NOT_FOUND", "The requested resource does not exist")

    def _query(self, soql: str) -> Reply:
        parsed = _SOQL.fullmatch(soql)
        if parsed is None:
            raise Refused(400, "MALFORMED_QUERY", "unexpected token")
        selected, limit = parsed[1].split(", "), int(parsed[parsed.lastindex or 0])
        tests = _CONDITION.findall(parsed[2])
        self._known({"Id", "SystemModstamp", *selected, *(name for name, _, _ in tests)})
        rows = [self._row(ref, contact) for ref, contact in self.contacts.items() if not contact.deleted]
        found = [row for row in rows if any(_meets(row, *test) for test in tests)][:limit]
        shown = [{"attributes": {"type": "Contact"}, **{name: row[name] for name in selected}} for row in found]
        return Reply(200, {"totalSize": len(shown), "done": True, "records": shown})

    def _row(self, ref: str, contact: Contact) -> dict[str, Any]:
        changed = datetime.fromtimestamp(contact.changed, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {"Id": ref, "SystemModstamp": changed, **contact.values}

    def _known(self, names: set[str]) -> None:
        for name in sorted(names - {"Id", "SystemModstamp", CUSTOMER_ID, PROVENANCE, *self.names}):
            raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type Contact")

    def _patch(self, ref: str, asked: Asked) -> Reply:
        if asked.headers.get("content-type") != "application/json":
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE")
        self.before_a_change()
        contact = self.contacts.get(ref)
        if contact is None:
            raise Refused(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible")
        if contact.deleted:
            raise Refused(404, "ENTITY_IS_DELETED", "entity is deleted")
        since = asked.headers.get("if-unmodified-since")
        if since is not None and contact.changed > _posix(since):
            raise Refused(412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK")
        values = {name: self._kept(name, value) for name, value in asked.document.items()}
        contact.values.update(values)
        contact.changed = self._now()
        return Reply(204)

    def _kept(self, name: str, value: Any) -> str | None:
        if name in ("Id", "SystemModstamp", CUSTOMER_ID):
            raise Refused(400, "INVALID_FIELD", f"{name} may not be in the body")
        self._known({name})
        if value is not None and not isinstance(value, str):
            raise Refused(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of string")
        ours = self.names.get(name)
        kept = (value or "").strip() or None
        if ours and is_flag(ours) and kept not in (None, "yes", "no"):
            raise Refused(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field")
        if len(kept or "") > self.lengths.get(name, LONG):
            raise Refused(400, "STRING_TOO_LONG", f"{name}: data value too large")
        return kept


def _meets(row: Mapping[str, Any], name: str, how: str, literal: str) -> bool:
    """Text is compared without regard to case."""
    wanted = _ESCAPE.sub(lambda match: _ESCAPED[match[1]], literal).lower()
    return bool((operator.eq if how == "=" else operator.ne)(str(row[name] or "").lower(), wanted))


def _posix(http_date: str) -> float:
    try:
        return parsedate_to_datetime(http_date).timestamp()
    except ValueError as error:
        raise Refused(400, "INVALID_HEADER", "not a date") from error
