"""``customer.erased``: a customer asked to be forgotten."""

from typing import ClassVar

from pydantic import ConfigDict

from events.envelope import Payload
from events.vocabulary import Identifier, Instant


class CustomerErased(Payload):
    """Scoring forgets who this customer is; what comes later under the same id is nobody's there.

    No other service reads it yet: docs/ingest.md lists what must be erased by hand.
    """

    TYPE: ClassVar[str] = "customer.erased"
    model_config = ConfigDict(
        json_schema_extra={"example": {"customer_id": "cus-42", "requested_at": "2026-03-02T11:00:00Z"}}
    )

    customer_id: Identifier
    requested_at: Instant

    def partition_key(self) -> str:
        return self.customer_id
