"""Zendesk: the events of its tickets, and the body that an admin's trigger posts.

Every event brings the whole ticket as it is then, so that one which is lost is made up for by the next.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from events.problems import Invalid, Problem
from events.survey import SurveyResponse
from events.vocabulary import Channel
from ingest.core import signing_schemes
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import tickets
from ingest.vendors.answers import LONGEST_COMMENT, event_id, meaning
from ingest.vendors.node import Node, build, identifier
from ingest.vendors.outcome import Context, Ignored, Outcome, Part, Said, Scalar
from ingest.vendors.vendor import Vendor

TICKET_EVENT = "zen:event-type:ticket."
TELLING = frozenset(
    {
        "agent_assignment_changed",
        "comment_added",
        "created",
        "csat_received",
        "group_assignment_changed",
        "merged",
        "requester_changed",
        "status_changed",
    }
)
OVER = frozenset({"SOLVED", "CLOSED", "ARCHIVED"})
GOING_ON = frozenset({"NEW", "OPEN", "PENDING", "HOLD"})
MERGED_TAG = "closed_by_merge"
"""Zendesk tags a ticket so when it closes it because its text was added to another."""

CHANNELS: dict[str, Channel] = {
    **dict.fromkeys(("email", "mail"), "email"),
    **dict.fromkeys(("web", "web_form", "help_center", "web_widget"), "web"),
    **dict.fromkeys(("chat", "native_messaging"), "chat"),
    **dict.fromkeys(("voice", "phone", "voicemail"), "phone"),
    **dict.fromkeys(("sms", "mobile_sms", "text"), "sms"),
    **dict.fromkeys(("whatsapp", "telegram", "line", "viber", "wechat", "kakao", "mobile_sdk"), "messaging"),
    **dict.fromkeys(("facebook", "facebook_post", "facebook_message", "messenger", "instagram_dm"), "social"),
    **dict.fromkeys(("twitter", "twitter_dm", "twitter_favorite", "twitter_like"), "social"),
}
NOT_ANSWERED = frozenset({"", "offered", "unoffered"})
NOBODY = frozenset({"0", "-1"})
"""Ids of no group and no person, and of Zendesk itself."""

_RATING = re.compile(r"(good|bad)\b")
_PLACEHOLDER = re.compile(r"\s*\{\{.*\}\}\s*", re.DOTALL)


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    if root.get("ticket_id").value is not None:
        return _posted_by_trigger(root, source, context)
    return _event(root, source)


def _event(root: Node, source: Source) -> Iterator[Outcome]:
    kind = root.need_text("type").lower()
    if not kind.startswith(TICKET_EVENT) or kind.removeprefix(TICKET_EVENT) not in TELLING:
        yield Ignored(root.at, "is an event that tells nothing we count")
        return
    kind = kind.removeprefix(TICKET_EVENT)
    seen_at = root.need_instant("time", zone=source.zone)
    ticket = root.need_text("detail", "id")
    if kind == "csat_received":
        yield _rated(root, source, ticket, seen_at)
    facts = _snapshot(root, source) | _happened(kind, root, seen_at)
    yield Part(root.at, ticket, facts, seen_at)


def _snapshot(root: Node, source: Source) -> dict[str, Scalar]:
    """The ticket as it is, without what it has not."""
    detail = root.get("detail")
    status = str(detail.get("status").text()).upper()
    tags = detail.get("tags")
    return tickets.facts(
        {
            **_about(root, source),
            "opened_at": detail.get("created_at").instant(zone=source.zone),
            "over": True if status in OVER else False if status in GOING_ON else None,
            "merged": True if isinstance(tags.value, list) and MERGED_TAG in tags.value else None,
        }
    )


def _about(root: Node, source: Source) -> dict[str, Any]:
    """Who, and on which channel."""

    def at(name: Any, *usual: str) -> Node:
        return _somebody(tickets.placed(source, root, name, root.get("detail", *usual)))

    reason = tickets.placed(source, root, "reason", Node(None))
    return {
        "agent": at("agent", "assignee_id").identifier(),
        "team": at("team", "group_id").label(source.labels.get("team")),
        "customer_id": at("customer_id", "requester_id").identifier(),
        "channel": tickets.channel(at("channel", "via", "channel"), CHANNELS, source),
        "reason": reason.label(source.labels.get("reason")),
    }


def _happened(kind: str, root: Node, seen_at: datetime) -> dict[str, Scalar]:
    """What this event tells beside the ticket's state."""
    event = root.get("event")
    status = str(root.get("detail", "status").text()).upper()
    if kind == "created":
        return tickets.facts({"ended_at": seen_at if status in OVER else None})
    if kind == "status_changed":
        previous = str(event.get("previous").text()).upper()
        return _moved(previous, event.need_text("current").upper(), root, seen_at)
    if kind == "comment_added":
        return _replied(event.need("comment"), seen_at)
    if kind == "merged" and status in OVER:
        return tickets.facts({"merged": True, "ended_at": seen_at})
    return {}


def _moved(previous: str, current: str, root: Node, seen_at: datetime) -> dict[str, Scalar]:
    if current in OVER:
        return tickets.facts({"over": True, "ended_at": None if previous in OVER else seen_at})
    if current in GOING_ON and previous in OVER:
        return {"over": False, tickets.once("reopened", seen_at, str(root.need("id").identifier())): True}
    return {"over": False} if current in GOING_ON else {}


def _replied(comment: Node, seen_at: datetime) -> dict[str, Scalar]:
    author = comment.get("author")
    human = author.get("is_staff").boolean() and author.get("id").text() not in NOBODY
    if not (human and comment.get("is_public").boolean()):
        return {}
    return tickets.facts({tickets.once("replied", seen_at): seen_at})


def _rated(root: Node, source: Source, ticket: str, seen_at: datetime) -> Outcome:
    given = root.get("event", "satisfaction_score")
    score = given.need("score")
    if str(score.text()).lower() in NOT_ANSWERED:
        return Ignored(score.at, "was asked for a rating and has not given any")
    reason = given.get("reason").text(2000)
    about = _about(root, source) | {"answers": {"reason": reason} if reason else None}
    data = _response(source, ticket, score, given.get("comment").text(LONGEST_COMMENT), about, seen_at)
    return Said(root.at, str(root.need("id").identifier()), data, seen_at)


def _response(
    source: Source, ticket: str, score: Node, comment: str | None, about: Mapping[str, Any], seen_at: datetime
) -> SurveyResponse:
    return build(
        SurveyResponse,
        score.at.rpartition("/")[0],
        {
            "response_id": identifier(f"{source.name}:{ticket}"),
            "updated_at": seen_at,
            "interaction_id": VENDOR.contact_id(source, ticket),
            **about,
            **_meant(source, score),
            "comment": comment,
            "submitted_at": seen_at,
        },
    )


def _meant(source: Source, score: Node) -> dict[str, Any]:
    """Instrument, scale and value: good or bad; anything else only as the source's questions say."""
    raw = str(score.text())
    question = next((question for question in source.questions if question.question == "score"), None)
    if (rating := _RATING.match(raw.lower())) and not (question and raw in question.values):
        return {"instrument": "csat", "scale": "good-bad", "value": rating[1]}
    if question is None:
        raise score.wrong("unknown-scale", "is neither good nor bad; the source's questions must say what it means")
    return {"instrument": question.instrument, "scale": question.scale, "value": meaning(question, score)}


def _posted_by_trigger(root: Node, source: Source, context: Context) -> Iterator[Outcome]:
    """The body from docs/integrations/zendesk.md, its placeholders filled in by Zendesk."""
    _refuse_placeholders(root)
    ticket, score = root.need_text("ticket_id"), root.get("rating")
    if "rating" not in {key.lower() for key in root.value}:
        raise score.wrong("missing", "is required")
    if str(score.text() or "").lower() in NOT_ANSWERED:
        yield Ignored(score.at, "was asked for a rating and has not given any")
        return
    seen_at = root.get("updated_at").instant(zone=source.zone) or context.received_at
    comment = root.get("comment").text(LONGEST_COMMENT) or ""
    about = {
        "agent": _somebody(root.get("assignee_id") or root.get("assignee_email")).identifier(),
        "customer_id": _somebody(root.get("requester_id")).identifier(),
        "team": _somebody(root.get("group_id")).label(source.labels.get("team")),
    }
    written = None if _PLACEHOLDER.fullmatch(comment) else comment or None
    data = _response(source, ticket, score, written, about, seen_at)
    yield Said(root.at, event_id(data.response_id, seen_at), data, seen_at)


def _refuse_placeholders(root: Node) -> None:
    """A customer may write braces; what Zendesk was to fill in may not have them."""
    nodes = [
        root.get(name) for name in ("ticket_id", "rating", "assignee_id", "requester_id", "group_id", "updated_at")
    ]
    left = [node.at for node in nodes if isinstance(node.value, str) and _PLACEHOLDER.fullmatch(node.value)]
    if left:
        sentence = "still is a placeholder of Zendesk's that the trigger did not fill in"
        raise Invalid([Problem(at, "placeholder", sentence) for at in left])


def _somebody(node: Node) -> Node:
    return Node(None, node.at) if str(node.value) in NOBODY else node


VENDOR = Vendor(
    name="zendesk",
    title="Zendesk",
    formats=(Format.JSON,),
    read=read,
    signatures={Format.JSON: signing_schemes.ZENDESK},
    assemble=tickets.assemble,
    interaction_prefix="zendesk:",
)
