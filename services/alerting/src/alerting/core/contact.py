"""What alerting keeps of an interaction, to show on a case."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """The newest report of one interaction. All None where only an answer about it is known yet."""

    customer_id: str | None = None
    channel: str | None = None
    team: str | None = None
    agent: str | None = None
    reason: str | None = None
    wait_seconds: float | None = None
    handle_seconds: float | None = None
