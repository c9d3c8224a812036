"""What may be wrong in the databases of the services, and what `amends doctor` is to say of it."""

from amends.doctor.finding import Level
from support.doctor_rows import (
    CALENDAR,
    CASE,
    CRM_PAUSE,
    DIGEST,
    DRIFT,
    ENTRY,
    FETCH,
    INCIDENT,
    KEY,
    LATER,
    MESSAGE,
    NEWEST,
    NOTE,
    PAUSE,
    PRAISE,
    PUSH,
    STEP,
    TOLD,
    WALK,
    WELL,
)

BROKEN, WARNING = Level.BROKEN, Level.WARNING
WRONG = {
    "an old schema": (
        "UPDATE alerting.alembic_version SET version_num = '0009'",
        "migrations",
        BROKEN,
        "the schema of alerting is at 0009, the code needs 00",
    ),
    "no schema": ("ALTER SCHEMA scoring RENAME TO gone", "migrations", BROKEN, "scoring has no schema yet"),
    "a newer schema that still fits": (NEWEST, "migrations", WARNING, "of a newer version; the code here"),
    "a newer schema that fits no longer": (
        NEWEST + "DELETE FROM scoring.works_with",
        "migrations",
        BROKEN,
        "at 9999 and no longer works with the code here",
    ),
    "a server that only reads": (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());"
        " END $$",
        "database",
        BROKEN,
        "takes no writes",
    ),
    "a key that ended": (KEY.format(id="abcd2345", ends="-1 day"), "keys", WARNING, "key abcd2345 ended 24 h ago"),
    "a key that ends": (KEY.format(id="abcd2345", ends="5 days"), "keys", WARNING, "key abcd2345 ends in 5 days"),
    "a step that nobody takes": (
        CASE.format(claim="1 h") + STEP.format(due="-1 h") + TOLD,
        "cases",
        BROKEN,
        "1 step of cases overdue, the oldest for 60 min",
    ),
    "a case without a step": (CASE.format(claim="1 h") + TOLD, "cases", BROKEN, "1 case without a next step"),
    "a case nobody claims": (
        CASE.format(claim="-2 h") + STEP.format(due="1 h") + TOLD,
        "cases",
        WARNING,
        "1 case not claimed in time, the oldest 2 h late",
    ),
    "a message not sent": (
        WELL + TOLD + MESSAGE.format(state="queued"),
        "cases",
        BROKEN,
        "1 message not sent for more than 5 min, 1 of them failed before",
    ),
    "a message given up": (WELL + TOLD + MESSAGE.format(state="dead"), "cases", WARNING, "1 message about open cases"),
    "a change not told": (
        WELL + "UPDATE alerting.case_report SET changed_at = now() - interval '1 h'",
        "cases",
        BROKEN,
        "1 change of cases not told on alerts",
    ),
    "a push not made": (
        PUSH.format(state="pending", erasing="false"),
        "pushes",
        BROKEN,
        "lacks 1 customer, the oldest",
    ),
    "a push parked": (PUSH.format(state="parked", erasing="false"), "pushes", WARNING, "1 customer parked"),
    "an erasure not made": (PUSH.format(state="pending", erasing="true"), "pushes", BROKEN, "holds 1 erased customer"),
    "a CRM left alone": (
        CRM_PAUSE.format(reason="unauthorized"),
        "pushes",
        WARNING,
        "the CRM of 1 tenant is left alone for now: unauthorized",
    ),
    "a note not told": (
        "INSERT INTO profile_sync.announcement (tenant, customer_id, what, note_id, at)"
        " VALUES ('t', 'Sam', 'noted', 'n', now() - interval '1 h')",
        "pushes",
        BROKEN,
        "1 change not told on customer-notes",
    ),
    "a promised call that nobody looks at": (
        "INSERT INTO alerting.watch VALUES ('t', 'i', 'call_back', now() - interval '1 h')",
        "cases",
        BROKEN,
        "1 step of cases overdue, the oldest for 60 min",
    ),
    "a message that is tried again": (
        WELL + TOLD + LATER.format(attempts=1),
        "cases",
        BROKEN,
        "1 message not sent for more than 5 min",
    ),
    "a bundle given up": (
        WELL
        + TOLD
        + MESSAGE.format(state="dead")
        + MESSAGE.format(state="bundled").replace("'d'", "'e'")
        + "UPDATE alerting.notification SET bundled_into = (SELECT id FROM alerting.notification WHERE state = 'dead')"
        " WHERE state = 'bundled'",
        "cases",
        WARNING,
        "2 messages about open cases or incidents given up",
    ),
    "word of an incident given up": (
        INCIDENT.format(told="now()")
        + "INSERT INTO alerting.notification (tenant, incident_id, step, channel, dedup_key,"
        " state) SELECT 't', id, 'opened', 'mail', 'd', 'dead' FROM alerting.incident",
        "cases",
        WARNING,
        "1 message about open cases or incidents given up",
    ),
    "a customer not asked again": (
        WELL + TOLD + "INSERT INTO alerting.resurvey_request SELECT id, 1, now() - interval '1 h'"
        " FROM alerting.recovery_case",
        "cases",
        BROKEN,
        "1 change of cases not told on alerts",
    ),
    "a case that everybody was told of": (
        WELL + TOLD + MESSAGE.format(state="sent") + ENTRY.format(what="exhausted"),
        "on-call",
        BROKEN,
        "1 open case of which everybody was told, and nobody has come",
    ),
    "a case with nobody on call": (
        WELL + TOLD + ENTRY.format(what="nobody_on_call"),
        "on-call",
        WARNING,
        "1 open case for which nobody was on call",
    ),
    "an incident not told": (
        INCIDENT.format(told="NULL"),
        "on-call",
        WARNING,
        "1 open incident of which nobody could be told",
    ),
    "a calendar that is silent": (
        CALENDAR.format(fetched="now() - interval '3 days'"),
        "on-call",
        WARNING,
        "the calendar of layer 2 of recovery rests on a copy that is 3 days old",
    ),
    "a calendar that never answered": (
        CALENDAR.format(fetched="NULL"),
        "on-call",
        WARNING,
        "the calendar of layer 2 of recovery never answered",
    ),
    "a thing not fetched": (
        FETCH.format(state="waiting", age="2 h"),
        "fetches",
        WARNING,
        "1 thing that shop announced not fetched, the oldest waits for 2 h",
    ),
    "a thing given up": (
        FETCH.format(state="parked", age="9 days"),
        "fetches",
        WARNING,
        "1 thing that shop announced given up",
    ),
    "a vendor left alone": (
        PAUSE.format(reason="unauthorized"),
        "fetches",
        WARNING,
        "the vendor of shop is left alone for now: unauthorized",
    ),
    "a scorecard not told": (
        "INSERT INTO scoring.outbox (tenant, event_id, topic, key, headers, value, created_at)"
        " VALUES ('t', 'e', 'scorecards', 'k', '[]', 'v', now() - interval '20 min')",
        "outbox",
        WARNING,
        "1 scorecard or award not told, the oldest for 20 min",
    ),
    "praise not sent": (
        PRAISE.format(state="queued", created="2 h", settled="NULL"),
        "messages",
        WARNING,
        "1 message of praise, awards and digests not sent for over an hour",
    ),
    "praise given up": (
        PRAISE.format(state="parked", created="2 h", settled="now()"),
        "messages",
        WARNING,
        "1 message of praise, awards and digests given up within the last day",
    ),
    "a digest not sent": (
        DIGEST.format(state="due", created="2 h", due="1 h"),
        "messages",
        WARNING,
        "1 message of praise, awards and digests not sent for over an hour",
    ),
    "a digest given up": (
        DIGEST.format(state="parked", created="26 h", due="2 h"),
        "messages",
        WARNING,
        "1 message of praise, awards and digests given up within the last day",
    ),
    "a doubtful preference that nobody looks at": (
        NOTE.format(age="8 days", source="/crm"),
        "reviews",
        WARNING,
        "1 doubtful preference wait",
    ),
    "a walk that does not get on": (
        WALK,
        "sweeps",
        WARNING,
        "1 walk over all customers of the CRM did not get on for an hour",
    ),
    "a CRM that loses fields": (
        DRIFT.format(customers=20),
        "sweeps",
        WARNING,
        "the CRM lost fields of 20 customers within an hour",
    ),
}

"""What is wrong → (how it becomes so, the check that tells it, as what, in which words)."""

WELL_SO = {
    "a message for the morning": WELL + TOLD + LATER.format(attempts=0),
    "a message about what is over": WELL
    + TOLD
    + MESSAGE.format(state="dead")
    + "UPDATE alerting.notification SET episode = 0",
    "a case that somebody came to and left": WELL
    + TOLD
    + MESSAGE.format(state="sent")
    + ENTRY.format(what="exhausted")
    + ENTRY.format(what="nobody_on_call")
    + ENTRY.format(what="released"),
    "a case in a house that tells nobody": WELL + TOLD + ENTRY.format(what="exhausted"),
    "a thing just announced": FETCH.format(state="waiting", age="5 min") + FETCH.format(state="done", age="9 days"),
    "a vendor that asks for patience": PAUSE.format(reason="throttled"),
    "praise given up last week": PRAISE.format(state="parked", created="8 days", settled="now() - interval '7 days'"),
    "a digest taken out of the file": DIGEST.format(state="due", created="3 days", due="3 days"),
    "what habits suggest": NOTE.format(age="8 days", source="urn:amends:habit"),
    "a few lost fields": DRIFT.format(customers=19),
}
"""What looks alike and is nothing to complain of."""
