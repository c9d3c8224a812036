"""Any CRM with a JSON profile resource: ETag and If-Match where offered, an idempotency key always.

    GET  {url}  →  200 {"fields": {"language": {"value": "bn", …}, …}} and an ETag, or 404 for a customer not known yet
    PATCH {url}    {"fields": {"language": {"value": "bn", "stated_at": "…", "source": "…"}, "note": null}}

Each field is replaced whole; null clears it. A ``Form`` says where a CRM has it otherwise.
"""

from collections.abc import Mapping
from typing import Any

from profile_sync.core.converge import Change, Profile
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reason, Reply
from profile_sync.core.templates import UrlTemplate
from profile_sync.crms.exchange import Answer, Exchange, Unreadable
from profile_sync.crms.port import Capabilities, Layout
from profile_sync.crms.rest_form import SIMPLE, Form


class RestCrm:
    def __init__(self, exchange: Exchange, layout: Layout, form: Form = SIMPLE) -> None:
        self.capabilities = Capabilities(
            conditional=form.conditional,
            upsert=form.upsert,
            provenance=not form.bare,
            idempotent=form.idempotent,
        )
        self._exchange = exchange
        self._url = UrlTemplate.parse(layout.url)
        self._form = form
        self._ours = form.names(layout)

    async def read(self, customer: Customer) -> Profile | Reply:
        answer = await self._call("GET", customer, {}, None)
        if isinstance(answer, Reply):
            return answer
        if answer.status == 404:
            return Profile({}, exists=False, flat=self._form.bare)
        if not answer.ok:
            return answer.reply()
        try:
            found = self._form.found(answer.document())
            fields = {field: found[name] for field, name in self._ours.items() if name in found}
            return Profile(fields, answer.etag(), flat=self._form.bare)
        except Unreadable:
            return Reply(failure=Reason.UNREADABLE)

    async def write(self, customer: Customer, change: Change) -> Reply:
        if not change.exists and not self._form.upsert:
            return Reply(404)
        headers = {"Idempotency-Key": change.key}
        if self._form.conditional and not change.exists:
            headers["If-None-Match"] = "*"
        # If-Match compares strongly (RFC 9110, 13.1.1): a weak one would never match.
        elif self._form.conditional and change.etag is not None and not change.etag.startswith("W/"):
            headers["If-Match"] = change.etag
        fields = {self._ours.get(field, field): value for field, value in change.fields.items()}
        answer = await self._call(self._form.method, customer, headers, self._form.body_of(customer, fields))
        return answer if isinstance(answer, Reply) else answer.reply()

    async def _call(self, method: str, customer: Customer, headers: Mapping[str, str], body: Any) -> Answer | Reply:
        try:
            url = self._url.expand(customer)
        except ValueError:
            return Reply(failure=Reason.UNADDRESSABLE)
        typed = {} if body is None else {"Content-Type": self._form.content_type}
        return await self._exchange(method, url, headers={**typed, **self._form.headers, **headers}, body=body)
