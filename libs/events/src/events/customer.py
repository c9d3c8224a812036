"""``customer.erased``: a customer asked to be forgotten."""

from typing import ClassVar

from pydantic import ConfigDict

from events.envelope import Payload
from events.vocabulary import Identifier, Instant


class CustomerErased(Payload):
    """Every service forgets who this customer is, and what of theirs it had written to the CRM is cleared.

    What comes later under the same id, also by a replay, is nobody's. It can't be taken back. docs/ingest.md lists what
    is left to be erased by hand.
    """

    TYPE: ClassVar[str] = "customer.erased"
    model_config = ConfigDict(
        json_schema_extra={"example": {"customer_id": "cus-42", "requested_at": "2026-03-02T11:00:00Z"}}
    )

    customer_id: Identifier
    requested_at: Instant

    def partition_key(self) -> str:
        return self.customer_id
