"""What a person may decide about a note, and why not."""

from enum import StrEnum

from profile_sync.core.preferences import Decision, Status

READ_BETWEEN = ("text", "habit")
"""The extractors that interpret. What they made goes where consent to that is taken back."""


class Refusal(StrEnum):
    """Why a decision makes no sense now."""

    NOT_HELD = "It does not count yet, so it cannot cease to: reject it, or accept it."
    SUPERSEDED = "Something said later stands in its place."
    SILENT = "The customer does not say it any more."
    EXPIRED = "It held for a time, and that has passed."
    TURNED_DOWN = "Somebody has decided against it already."
    NO_CONSENT = "It was read between the lines, and there is no consent to that any more."


def refusal(wanted: Decision, status: Status, decided: Decision | None, *, consented: bool) -> Refusal | None:
    """None where the decision can be made. Somebody may change their mind, and accept what was turned down.

    Args:
        decided: what was decided before.
        consented: whether what was found the way this note was may be used.
    """
    turned_down = decided in (Decision.REJECTED, Decision.RETRACTED)
    if wanted is Decision.ACCEPTED and not consented:
        return Refusal.NO_CONSENT
    if wanted is Decision.RETRACTED and status is Status.PROPOSED:
        return Refusal.NOT_HELD
    if status in (Status.PROPOSED, Status.ACTIVE):
        return None
    if status is Status.RETRACTED and turned_down:
        return None if wanted is Decision.ACCEPTED else Refusal.TURNED_DOWN
    return _WHY[status]


_WHY = {
    Status.SUPERSEDED: Refusal.SUPERSEDED,
    Status.RETRACTED: Refusal.SILENT,
    Status.EXPIRED: Refusal.EXPIRED,
}
