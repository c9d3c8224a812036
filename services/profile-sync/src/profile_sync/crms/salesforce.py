"""Salesforce: preferences are custom fields of the Contact whose external id field holds our customer id.

    GET   /services/data/v60.0/query?q=SELECT Id, SystemModstamp, … FROM Contact WHERE amends_customer_id__c = '…'
    PATCH /services/data/v60.0/sobjects/Contact/003…    If-Unmodified-Since: …    {"amends_language__c": "bn"}

A query, since a customer id with a dot or slash does not survive in the path of ``sobjects/Contact/{field}/{id}``.
ETags are for Accounts only; If-Unmodified-Since counts in whole seconds. See docs/crms/salesforce.md.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from profile_sync.core.preferences import FIELDS
from profile_sync.core.replies import Reply
from profile_sync.crms.exchange import Answer, Exchange, Unreadable
from profile_sync.crms.flat import PROVENANCE, Bare, Flat
from profile_sync.crms.port import Capabilities, Layout
from profile_sync.crms.records import ANOTHER, CHANGED, Record, RecordCrm, documented, one

VERSION = "v60.0"
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_ESCAPES = str.maketrans({"\\": r"\\", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_BUSY = Reply(503)
_MEANING = {
    "REQUEST_LIMIT_EXCEEDED": Reply(429, "300"),  # the calls of 24 hours, or too many at once: it does not say for long
    "UNABLE_TO_LOCK_ROW": _BUSY,
    "SERVER_UNAVAILABLE": _BUSY,
    "QUERY_TIMEOUT": _BUSY,
    "REQUEST_RUNNING_TOO_LONG": _BUSY,
    "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK": CHANGED,
    "ENTITY_IS_DELETED": ANOTHER,
    "INSUFFICIENT_ACCESS_OR_READONLY": Reply(403),
}


class Salesforce(RecordCrm):
    capabilities = Capabilities(conditional=True, upsert=False, provenance=False, idempotent=False)

    def __init__(self, exchange: Exchange, layout: Layout) -> None:
        """``layout.url`` such as ``https://acme.my.salesforce.com``. Raises ValueError."""
        names = {field: layout.names.get(field, f"{layout.prefix}{field}__c") for field in (*FIELDS, PROVENANCE)}
        self._holds_id = layout.find_by or f"{layout.prefix}customer_id__c"
        for name in (self._holds_id, *names.values()):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name}: no name of a field in Salesforce")
        super().__init__(exchange, Flat(Layout(layout.url, names), yes="yes", no="no"))
        self._api = f"{layout.url}/services/data/{VERSION}"

    async def _find(self, customer_id: str) -> Record | Reply | None:
        names = ["Id", "SystemModstamp", self._holds_id, *self._flat.names.values()]
        where = f"{self._holds_id} = '{customer_id.translate(_ESCAPES)}'"
        soql = f"SELECT {', '.join(names)} FROM Contact WHERE {where} LIMIT 10"  # noqa: S608  (names checked, id escaped)
        answer = await self._exchange("GET", f"{self._api}/query?q={quote(soql, safe='')}")
        if isinstance(answer, Reply) or not (answer.ok or answer.status == 404):
            return answer if isinstance(answer, Reply) else _meaning(answer)
        records = documented(answer).get("records")
        found = one(records, lambda record: _values(record, names)[self._holds_id] == customer_id)
        if found is None or isinstance(found, Reply):
            return found
        values = _values(found, names)
        return Record(_ref(values["Id"]), values, _http_date(values["SystemModstamp"]))

    async def _change(self, record: Record, values: Mapping[str, Bare]) -> Reply:
        condition = {"If-Unmodified-Since": record.since or ""}
        url = f"{self._api}/sobjects/Contact/{record.ref}"
        answer = await self._exchange("PATCH", url, headers=condition, body=dict(values))
        if isinstance(answer, Reply):
            return answer
        meaning = _meaning(answer)
        return ANOTHER if meaning.status == 404 else meaning


def _values(record: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """What was asked for. Names are compared without regard to case, as Salesforce does."""
    said = {name.lower(): value for name, value in record.items()}
    try:
        return {name: said[name.lower()] for name in names}
    except KeyError as error:
        raise Unreadable from error


def _ref(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unreadable
    return value


def _http_date(value: Any) -> str:
    """A time as Salesforce writes it (``2026-03-02T09:40:00.000+0000``), in whole seconds: never before the change."""
    try:
        time = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)
        return format_datetime((time + timedelta(microseconds=999_999)).replace(microsecond=0), usegmt=True)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unreadable from error


def _meaning(answer: Answer) -> Reply:
    """What Salesforce says by an error code, where that is not what its status says to everybody else."""
    try:
        errors = [] if answer.ok else answer.document()
    except Unreadable:
        return answer.reply()
    codes = [error.get("errorCode") for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return next((_MEANING[code] for code in codes if isinstance(code, str) and code in _MEANING), answer.reply())
