"""Zendesk: preferences are custom user fields of the user whose ``external_id`` is our customer id.

    GET /api/v2/users/search.json?external_id=…  →  {"users": [{"id": 7, "external_id": "…", "user_fields": {…}}]}
    PUT /api/v2/users/7.json    {"user": {"user_fields": {"amends_language": "bn"}}}  →  {"user": {…}}

Tags are never sent: they would be overwritten as a whole. A key that is no field of the account is left out of the
answer rather than refused, so the answer is checked. See docs/crms/zendesk.md.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.flat import Bare, Flat
from profile_sync.crms.port import Capabilities, Layout
from profile_sync.crms.records import ANOTHER, Record, RecordCrm, documented, mapping, number, one

FIND_BY = "external_id"
NOT_TAKEN = Reply(failure=Reason.REJECTED)
"""Some of it may have been taken all the same."""


class Zendesk(RecordCrm):
    capabilities = Capabilities(conditional=False, upsert=False, provenance=False, idempotent=False)

    def __init__(self, exchange: Exchange, layout: Layout) -> None:
        """``layout.url`` such as ``https://acme.zendesk.com``. Raises ValueError."""
        if layout.find_by not in (None, FIND_BY):
            raise ValueError(f"find_by: Zendesk finds users by {FIND_BY} only")
        super().__init__(exchange, Flat(layout, yes="yes", no="no"))
        self._users = f"{layout.url}/api/v2/users"

    async def _find(self, customer_id: str) -> Record | Reply | None:
        answer = await self._exchange("GET", f"{self._users}/search.json?{FIND_BY}={quote(customer_id, safe='')}")
        if isinstance(answer, Reply) or not (answer.ok or answer.status == 404):
            return answer if isinstance(answer, Reply) else answer.reply()
        found = one(
            documented(answer).get("users"),
            lambda user: user.get(FIND_BY) == customer_id and user.get("active") is not False,
        )
        if found is None or isinstance(found, Reply):
            return found
        return Record(number(found.get("id")), mapping(found.get("user_fields")))

    async def _change(self, record: Record, values: Mapping[str, Bare]) -> Reply:
        body = {"user": {"user_fields": dict(values)}}
        answer = await self._exchange("PUT", f"{self._users}/{record.ref}.json", body=body)
        if isinstance(answer, Reply):
            return answer
        if answer.status == 404:
            return ANOTHER
        if not answer.ok:
            return answer.reply()
        holds = mapping(mapping(documented(answer).get("user")).get("user_fields"))
        return answer.reply() if _taken(values, holds) else NOT_TAKEN


def _taken(values: Mapping[str, Bare], holds: Mapping[str, Any]) -> bool:
    """Whether each field is there, and none that was set is empty."""
    return all(name in holds and (value is None or holds[name] not in (None, "")) for name, value in values.items())
