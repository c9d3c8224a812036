"""What a person may decide about a note, and why not."""

import pytest

from profile_sync.core.decisions import Refusal, refusal
from profile_sync.core.preferences import Decision, Status

ACCEPT, REJECT, RETRACT = Decision.ACCEPTED, Decision.REJECTED, Decision.RETRACTED


@pytest.mark.parametrize(
    ("wanted", "status", "decided", "why"),
    [
        (ACCEPT, Status.PROPOSED, None, None),
        (REJECT, Status.PROPOSED, None, None),
        (RETRACT, Status.ACTIVE, None, None),
        (REJECT, Status.ACTIVE, ACCEPT, None),
        (ACCEPT, Status.RETRACTED, REJECT, None),
        (ACCEPT, Status.RETRACTED, RETRACT, None),
        (REJECT, Status.RETRACTED, RETRACT, Refusal.TURNED_DOWN),
        (ACCEPT, Status.RETRACTED, None, Refusal.SILENT),
        (ACCEPT, Status.SUPERSEDED, None, Refusal.SUPERSEDED),
        (REJECT, Status.SUPERSEDED, None, Refusal.SUPERSEDED),
        (ACCEPT, Status.EXPIRED, None, Refusal.EXPIRED),
    ],
)
def test_what_can_be_decided(wanted: Decision, status: Status, decided: Decision | None, why: Refusal | None) -> None:
    assert refusal(wanted, status, decided, consented=True) is why


@pytest.mark.parametrize("status", [Status.PROPOSED, Status.RETRACTED])
def test_without_consent_nothing_that_was_interpreted_is_accepted_but_it_may_be_turned_down(status: Status) -> None:
    assert refusal(ACCEPT, status, RETRACT, consented=False) is Refusal.NO_CONSENT
    assert refusal(REJECT, Status.PROPOSED, None, consented=False) is None
