"""HubSpot: properties of a contact, which is found by a property of unique values that holds our customer id.

Property values are text: true and false are words, and nothing is the empty text. HubSpot knows no conditional write.
"""

import contextlib
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.exchange import Answer, Exchange, Unreadable
from profile_sync.crms.flat import Bare, Flat
from profile_sync.crms.port import Capabilities, Layout
from profile_sync.crms.records import ANOTHER, Record, RecordCrm, documented, mapping

CONTACTS = "/crm/v3/objects/contacts"
FIND_BY = "amends_customer_id"
OBJECT_ID = "hs_object_id"
"""To find contacts by HubSpot's own id: then nobody can be made."""
ROOM = 60_000
"""Characters; a text property holds 65,536."""
WAITS = {"SECONDLY": 1, "TEN_SECONDLY_ROLLING": 10, "DAILY": 3600}
"""Seconds to wait by the policy that a 429 names; a day's quota is asked for once an hour."""
LOCKED = {423, 477}
"""Passing states of an account that is busy or moves to another data centre."""

log = structlog.get_logger()


class HubSpot(RecordCrm):
    def __init__(self, exchange: Exchange, layout: Layout) -> None:
        super().__init__(exchange, Flat(layout, yes="true", no="false", room=ROOM))
        self._contacts = layout.url + CONTACTS
        self._find_by = layout.find_by or FIND_BY
        self._names = tuple(self._flat.names.values())
        upsert = self._find_by != OBJECT_ID
        self.capabilities = Capabilities(conditional=False, upsert=upsert, provenance=False, idempotent=False)

    async def _find(self, customer_id: str) -> Record | Reply | None:
        if customer_id in ("", ".", ".."):  # they would change the path
            return Reply(failure=Reason.UNADDRESSABLE)
        query = {"properties": ",".join((self._find_by, *self._names))}
        if self._find_by != OBJECT_ID:
            query["idProperty"] = self._find_by
        answer = await self._exchange("GET", f"{self._contacts}/{quote(customer_id, safe='')}?{urlencode(query)}")
        if isinstance(answer, Reply):
            return answer
        if answer.status == 404:
            return None
        if not answer.ok:
            return self._refusal(answer)
        document = documented(answer)
        ref, properties = document.get("id"), mapping(document.get("properties"))
        if not isinstance(ref, str) or not (ref.isascii() and ref.isdigit()):
            raise Unreadable
        if properties.get(self._find_by) != customer_id:  # it compared more loosely than we do
            return Reply(failure=Reason.UNADDRESSABLE)
        return Record(ref, properties)

    async def _change(self, record: Record, values: Mapping[str, Bare]) -> Reply:
        reply = await self._send("PATCH", f"{self._contacts}/{record.ref}", values)
        return ANOTHER if reply.status == 404 else reply

    async def _make(self, customer_id: str, values: Mapping[str, Bare]) -> Reply:
        if not self.capabilities.upsert:
            return Reply(404)
        told = {name: value for name, value in values.items() if value is not None}
        return await self._send("POST", self._contacts, {self._find_by: customer_id, **told})

    async def _send(self, method: str, url: str, values: Mapping[str, Bare]) -> Reply:
        properties = {name: "" if value is None else value for name, value in values.items()}
        answer = await self._exchange(method, url, body={"properties": properties})
        return answer if isinstance(answer, Reply) else self._refusal(answer)

    def _refusal(self, answer: Answer) -> Reply:
        """What was answered, in the words that every CRM shares."""
        if answer.status == 429:
            return Reply(429, answer.headers.get("retry-after") or _wait(answer))
        if answer.status in LOCKED:
            return Reply(503, answer.headers.get("retry-after") or "10")
        if answer.status == 400 and b"CONFLICTING_UNIQUE_VALUE" in answer.body:
            return Reply(409)
        if answer.status == 400 and b"PROPERTY_DOESNT_EXIST" in answer.body:
            missing = [name for name in (self._find_by, *self._names) if f'"{name}"'.encode() in _plain(answer.body)]
            log.error("HubSpot has no such contact properties: they must be made there", properties=missing)
        return answer.reply()


def _plain(body: bytes) -> bytes:
    """Without the escapes of a JSON text inside a JSON text."""
    return body.replace(b"\\", b"")


def _wait(answer: Answer) -> str:
    """Seconds after which a call may be taken again: HubSpot says no Retry-After, but what the limit is about."""
    policy: Any = None
    with contextlib.suppress(Unreadable):
        policy = mapping(answer.document()).get("policyName")
    if policy == "DAILY":
        return str(WAITS[policy])
    said = answer.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
    if said.isascii() and said.isdigit():
        return str(math.ceil(int(said[:9]) / 1000))
    return str(WAITS.get(policy, 10) if isinstance(policy, str) else 10)
