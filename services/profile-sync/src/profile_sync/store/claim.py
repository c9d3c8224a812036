"""What a pusher holds while it works on a customer."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from events.origin import NOWHERE, Origin
from profile_sync.core.converge import Field, Memory
from profile_sync.core.preferences import Customer


@dataclass(frozen=True, slots=True)
class Claim:
    """A customer to bring the CRM up to date with, ours until the lease runs out.

    Attributes:
        pending_since: when the oldest note not sent yet was recorded; None where nothing new is wanted: the CRM is
            only looked at again.
        noted_at: when the newest one was.
        failing_since: when the first of the failures in a row happened.
        agreed: the CRM held what we wanted before.
        erasing: the customer is forgotten, and what the CRM holds of ours is to go.
        origin: the request that what is pending came of, of several the newest.
        backfill: everything is pushed anew, since the CRM is new: what it lacks is no drift.
    """

    customer: Customer
    version: int
    lease: uuid.UUID
    wanted: Mapping[str, Field]
    memory: Mapping[str, Memory]
    attempts: int = 0
    pending_since: datetime | None = None
    noted_at: datetime | None = None
    failing_since: datetime | None = None
    agreed: bool = False
    erasing: bool = False
    backfill: bool = False
    origin: Origin = NOWHERE
