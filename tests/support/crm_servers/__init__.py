"""Local servers that follow each vendor's documented API, for the contract suite of the CRM adapters.

One file per CRM, one line in the list of tests/contracts/test_crms.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the server got it. ``at``: monotonic seconds."""

    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    status: int
