"""Chatwoot: its conversations, replies and CSAT ratings. There is no event for a rating: it is a message that changed.

At the time of the rating the conversation's assignee may be gone, so the contact keeps the last one it had.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from events.survey import SurveyResponse
from events.vocabulary import Channel
from ingest.core import signing_schemes
from ingest.core.formats import Format
from ingest.core.source import Question, Source
from ingest.vendors import tickets
from ingest.vendors.answers import LONGEST_COMMENT, event_id, meaning
from ingest.vendors.node import Node, build, identifier
from ingest.vendors.outcome import Context, Ignored, Outcome, Part, Said, Scalar
from ingest.vendors.vendor import Vendor

ABOUT_CONVERSATIONS = frozenset({"conversation_created", "conversation_updated", "conversation_status_changed"})
ABOUT_MESSAGES = frozenset({"message_created", "message_updated"})
OUTGOING = frozenset({"outgoing", "1"})
RATING = Question(question="rating", scale="1-5")

CHANNELS: dict[str, Channel] = {
    "channel::webwidget": "chat",
    "channel::email": "email",
    "channel::voice": "phone",
    **dict.fromkeys(("channel::api", "channel::whatsapp", "channel::telegram", "channel::line"), "messaging"),
    **dict.fromkeys(("channel::facebookpage", "channel::instagram", "channel::twitterprofile"), "social"),
    "channel::tiktok": "social",
    **dict.fromkeys(("channel::sms", "channel::twiliosms"), "sms"),
}


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    event = root.need_text("event")
    if event in ABOUT_CONVERSATIONS:
        seen_at = _seen_at(root, context, root.get("timestamp"))
        yield _part(root, root, source, seen_at, _happened(event, root, seen_at))
    elif event in ABOUT_MESSAGES and root.get("content_type").text() == "input_csat":
        yield from _rated(root, source, context)
    elif event == "message_created" and _is_reply(root):
        yield _replied(root, source, context)
    else:
        yield Ignored(root.at, "is an event that tells nothing we count")


def _seen_at(conversation: Node, context: Context, usual: Node) -> datetime:
    """When the conversation was as it is told: its last change, else when it was sent to us.

    Its ``timestamp`` is only that of its last message, so that a new status would seem as old as the question.
    """
    sent = context.headers.get("x-chatwoot-timestamp", "")
    signed = Node(sent if re.fullmatch(r"[1-9]\d{9}", sent, re.ASCII) else None)
    return (conversation.get("updated_at") or signed or usual).instant() or context.received_at


def _part(root: Node, talk: Node, source: Source, seen_at: datetime, more: dict[str, Scalar]) -> Part:
    status = talk.get("status").text()
    first_reply = talk.get("first_reply_created_at").instant()
    about = _about(talk, source)
    known = about | {
        "opened_at": talk.get("created_at").instant(),
        "over": None if status is None else status == "resolved",
        tickets.once("replied", first_reply or seen_at): first_reply,
    }
    return Part(root.at, talk.need_text("id"), tickets.facts(known) | more, seen_at)


def _about(talk: Node, source: Source) -> dict[str, Any]:
    """Who, and on which channel. Paths of ``fields`` begin at the conversation, which not every body is."""
    meta = talk.get("meta")
    team = tickets.placed(source, talk, "team", meta.get("team", "name"))
    customer = meta.get("sender", "id") or talk.get("contact_inbox", "contact_id")
    reason = tickets.placed(source, talk, "reason", Node(None))
    return {
        "agent": tickets.placed(source, talk, "agent", _human(meta)).identifier(),
        "team": team.label(source.labels.get("team")),
        "customer_id": tickets.placed(source, talk, "customer_id", customer).identifier(),
        "channel": tickets.channel(tickets.placed(source, talk, "channel", talk.get("channel")), CHANNELS, source),
        "reason": reason.label(source.labels.get("reason")),
    }


def _human(meta: Node) -> Node:
    """The assignee's id; bots can be assigned too."""
    kind = meta.get("assignee", "type").text() or meta.get("assignee_type").text() or "user"
    return meta.get("assignee", "id") if kind.lower() == "user" else Node(None)


def _happened(event: str, talk: Node, seen_at: datetime) -> dict[str, Scalar]:
    """What tells itself only now. Each change of status comes as ``conversation_updated`` too: count it once."""
    if event == "conversation_created" and not talk.get("created_at"):
        return tickets.facts({"opened_at": talk.get("timestamp").instant()})
    if event != "conversation_status_changed":
        return {}
    if talk.get("status").text() == "resolved":
        return tickets.facts({"ended_at": seen_at})
    return {tickets.once("reopened", seen_at): True} if _previous_status(talk) == "resolved" else {}


def _previous_status(talk: Node) -> str | None:
    changed = talk.get("changed_attributes")
    changes = changed.items() if isinstance(changed.value, list) else iter([changed])
    found = next((change.get("status") for change in changes if change.get("status")), Node(None))
    return found.get("previous_value").text()


def _is_reply(message: Node) -> bool:
    """Whether a person wrote it for the customer: no note, no bot, no rule, no campaign."""
    return (
        str(message.get("message_type").text()) in OUTGOING
        and not message.get("private").boolean()
        and (message.get("sender", "type").text() or "").lower() == "user"
        and not message.get("content_attributes", "automation_rule_id")
        and not message.get("additional_attributes", "campaign_id")
    )


def _replied(message: Node, source: Source, context: Context) -> Part:
    talk, at = message.get("conversation"), message.need_instant("created_at", zone=source.zone)
    more = {} if talk.get("first_reply_created_at") else {tickets.once("replied", at): at}
    return _part(message, talk, source, _seen_at(talk, context, message.get("created_at")), tickets.facts(more))


def _rated(message: Node, source: Source, context: Context) -> Iterator[Outcome]:
    given = message.get("content_attributes", "submitted_values", "csat_survey_response")
    if not given:
        yield Ignored(message.at, "was asked for a rating and has not given any")
        return
    talk = message.need("conversation")
    seen_at = _seen_at(talk, context, Node(None))
    yield _response(message, talk, given, source, seen_at)
    yield _part(message, talk, source, seen_at, {})


def _response(message: Node, talk: Node, given: Node, source: Source, seen_at: datetime) -> Said:
    name = identifier(f"{source.name}:{message.need('id').text()}")
    data = build(
        SurveyResponse,
        given.at,
        {
            "response_id": name,
            "updated_at": seen_at,
            "interaction_id": VENDOR.contact_id(source, talk.need_text("id")),
            **_about(talk, source),
            "instrument": RATING.instrument,
            "scale": RATING.scale,
            "value": meaning(RATING, given.need(RATING.question)),
            "comment": given.get("feedback_message").text(LONGEST_COMMENT),
            "submitted_at": seen_at,
        },
    )
    return Said(message.at, event_id(name, seen_at), data, seen_at)


VENDOR = Vendor(
    name="chatwoot",
    title="Chatwoot",
    formats=(Format.JSON,),
    read=read,
    signatures={Format.JSON: signing_schemes.CHATWOOT},
    assemble=tickets.assemble,
    interaction_prefix="chatwoot:",
)
