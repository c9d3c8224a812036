"""Local servers that follow each vendor's documented API, for the contract suite of the CRM adapters.

One file per CRM, one line in the list of tests/contracts/test_crms.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the server got it. ``at``: monotonic seconds."""

    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    status: int


class CrmServer(Protocol):
    """A CRM on 127.0.0.1 with one customer's worth of documented behaviour; everything it checks, it refuses by 4xx."""

    url: str
    calls: list[Call]

    def add(self, customer_id: str) -> None:
        """The CRM knows this customer now."""
        ...

    def holds(self, customer_id: str) -> Mapping[str, Any]:
        """Our fields by our names with bare values, without empty ones; {} where the customer is not known."""
        ...

    def edit(self, customer_id: str, field: str, value: Any) -> None:
        """A human sets a field."""
        ...

    def foreign(self, customer_id: str) -> Mapping[str, Any]:
        """What is not ours in the profile: it must stay as it was."""
        ...

    def fail(self, *statuses: int, **headers: str) -> None:
        """Answer the next calls so, without doing anything. 0 closes the connection; -1 carries out, then closes it."""
        ...

    def expire_token(self) -> None:
        """The token in use is refused with 401 from now on; a new one is to be had as the vendor documents."""
        ...

    @property
    def tokens_issued(self) -> int: ...
