"""Chatwoot: preferences are custom attributes of the contact whose ``identifier`` is our customer id.

    POST …/contacts/filter    {"payload": [{"attribute_key": "identifier", "filter_operator": "equal_to", …}]}
    PUT  …/contacts/7         {"custom_attributes": {"amends_language": "bn"}}
    POST …/contacts           {"identifier": "…", "custom_attributes": {…}}

An update merges the attributes into those that are there. See docs/crms/chatwoot.md.
"""

import re
from collections.abc import Mapping

from profile_sync.core.replies import Reply
from profile_sync.crms.exchange import Answer, Exchange, Unreadable
from profile_sync.crms.flat import Bare, Flat
from profile_sync.crms.port import Capabilities, Layout
from profile_sync.crms.records import ANOTHER, Record, RecordCrm, documented, mapping, number, one

FIND_BY = "identifier"
MAX_TEXT = 1500
"""Characters in an attribute; more are refused."""
_ACCOUNT = re.compile(r"/api/v1/accounts/\d+$", re.ASCII)
_LEAN = "include_contact_inboxes=false"


class Chatwoot(RecordCrm):
    capabilities = Capabilities(conditional=False, upsert=True, provenance=False, idempotent=False)

    def __init__(self, exchange: Exchange, layout: Layout) -> None:
        """``layout.url`` such as ``https://chat.example/api/v1/accounts/3``. Raises ValueError."""
        if not _ACCOUNT.search(layout.url):
            raise ValueError("url: must end with the account, as in https://chat.example/api/v1/accounts/3")
        if layout.find_by not in (None, FIND_BY):
            raise ValueError(f"find_by: Chatwoot's contacts are found by {FIND_BY} only")
        super().__init__(exchange, Flat(layout, room=MAX_TEXT))
        self._contacts = f"{layout.url}/contacts"

    async def _find(self, customer_id: str) -> Record | Reply | None:
        wanted = {"attribute_key": FIND_BY, "filter_operator": "equal_to", "values": [customer_id]}
        body = {"payload": [{**wanted, "query_operator": None}]}
        answer = await self._exchange("POST", f"{self._contacts}/filter?{_LEAN}", body=body)
        if isinstance(answer, Reply) or not (answer.ok or answer.status == 404):
            return answer if isinstance(answer, Reply) else answer.reply()
        found = one(documented(answer).get("payload"), lambda contact: contact.get(FIND_BY) == customer_id)
        if found is None or isinstance(found, Reply):
            return found
        return Record(number(found.get("id")), mapping(found.get("custom_attributes") or {}))

    async def _change(self, record: Record, values: Mapping[str, Bare]) -> Reply:
        body = {"custom_attributes": dict(values)}
        answer = await self._exchange("PUT", f"{self._contacts}/{record.ref}?{_LEAN}", body=body)
        if isinstance(answer, Reply):
            return answer
        return ANOTHER if answer.status == 404 else answer.reply()

    async def _make(self, customer_id: str, values: Mapping[str, Bare]) -> Reply:
        told = {name: value for name, value in values.items() if value is not None}
        answer = await self._exchange("POST", self._contacts, body={FIND_BY: customer_id, "custom_attributes": told})
        if isinstance(answer, Reply):
            return answer
        return ANOTHER if answer.status == 422 and _made_meanwhile(answer) else answer.reply()


def _made_meanwhile(answer: Answer) -> bool:
    try:
        document = answer.document()
    except Unreadable:
        return False
    refused = document.get("attributes") if isinstance(document, dict) else None
    return isinstance(refused, list) and FIND_BY in refused
