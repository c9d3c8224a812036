"""What a profile looks like in a CRM of the operator's own: where our fields are, and how they are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from profile_sync.core.preferences import FIELDS, Customer
from profile_sync.crms.exchange import Unreadable
from profile_sync.crms.port import Layout

Method = Literal["PATCH", "PUT", "POST"]
PLACE = "{fields}"
"""Stands in a body template where the fields go."""


@dataclass(frozen=True, slots=True)
class Form:
    """The defaults are the resource that ``rest`` describes.

    Attributes:
        method: of a write, which holds only the fields that change.
        headers: sent with every request; no secrets.
        body: of a write: any JSON in which ``"{fields}"`` stands for the fields; ``"{customer_id}"`` and ``"{tenant}"``
            stand for those.
        fields_at: a JSON pointer (RFC 6901) to the fields in an answer.
        bare: a field holds its value alone, not ``{"value": …, "stated_at": …, "source": …}``.
        prefix: before our name of a field that ``Layout.names`` does not have.
        conditional, upsert, idempotent: what the CRM does, as in ``Capabilities``.
    """

    method: Method = "PATCH"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=lambda: {"fields": PLACE})
    fields_at: str = "/fields"
    bare: bool = False
    prefix: str = ""
    conditional: bool = True
    upsert: bool = True
    idempotent: bool = True

    @property
    def content_type(self) -> str:
        return "application/merge-patch+json" if self.method == "PATCH" else "application/json"

    def names(self, layout: Layout) -> Mapping[str, str]:
        """Our name of every field -> the CRM's."""
        return {field: layout.names.get(field, self.prefix + field) for field in FIELDS}

    def found(self, document: Any) -> Mapping[str, Any]:
        """The fields in an answer, ours and others. Raises Unreadable."""
        for step in self.fields_at.split("/")[1:]:
            document = document.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(document, dict) else None
        if not isinstance(document, dict):
            raise Unreadable
        return document

    def body_of(self, customer: Customer, fields: Mapping[str, Any]) -> Any:
        values = {name: _value(value) for name, value in fields.items()} if self.bare else dict(fields)
        stand = {PLACE: values, "{customer_id}": customer.customer_id, "{tenant}": customer.tenant}
        return _filled(self.body, stand)


def _value(value: Mapping[str, Any] | None) -> Any:
    return None if value is None else value["value"]


def _filled(template: Any, stand: Mapping[str, Any]) -> Any:
    match template:
        case dict():
            return {key: _filled(value, stand) for key, value in template.items()}
        case list():
            return [_filled(value, stand) for value in template]
        case str():
            return stand.get(template, template)
        case _:
            return template


SIMPLE = Form()
