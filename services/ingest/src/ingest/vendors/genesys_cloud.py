"""Genesys Cloud: the analytics detail of a conversation, whole each time, as a bridge fetches it after the fact.

Only sessions in which an agent talked count: one that rang out has after-call work too (57 s in Genesys' own sample),
but connected nobody. Metrics are milliseconds, and come on after the conversation's end: the newest of them is the
version. What its topics tell piece by piece is ignored: none of them carries a handle time.
"""

from collections.abc import Iterator
from typing import Any

from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors.answers import Answered, event_id, responses
from ingest.vendors.genesys_conversation import call_of, sessions_of, team, version
from ingest.vendors.legs import snapshot
from ingest.vendors.node import Node
from ingest.vendors.outcome import Context, Ignored, Outcome, Said
from ingest.vendors.vendor import Vendor

SCORES = ("surveyPromoterScore", "oSurveyTotalScore")


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    if isinstance(document, list):
        for item in root.items():
            yield from _of_item(item, source)
    elif root.get("conversations").value is not None:
        for item in root.get("conversations").items():
            yield from _of_item(item, source)
    else:
        yield from _of_item(root, source)


def _of_item(item: Node, source: Source) -> Iterator[Outcome]:
    event = item.get("detail") or item
    body = event.get("eventBody") if event.get("topicName") else event
    if event.get("topicName") and body.get("participants").value is None:
        yield Ignored(item.at, "a topic that carries no conversation detail")
        return
    yield from _conversation(body, source)


def _conversation(root: Node, source: Source) -> Iterator[Outcome]:
    name = VENDOR.contact_id(source, root.need_text("conversationId"))
    root.need("participants")
    sessions = [session for participant in root.get("participants").items() for session in sessions_of(participant)]
    updated_at = version(root, sessions)
    call = call_of(root, sessions, source)
    data = snapshot(name, call, {"updated_at": updated_at}, root.at)
    yield Said(root.at, event_id(name, updated_at), data, updated_at)
    about = {"interaction_id": name, "customer_id": call.customer_id, "channel": call.channel, "reason": call.reason}
    for survey in root.get("surveys").items():
        yield from _survey(survey, source, about)


def _survey(survey: Node, source: Source, about: dict[str, Any]) -> Iterator[Outcome]:
    forms = [survey.get(key).text() for key in ("surveyFormId", "surveyFormContextId", "surveyFormName")]
    asked = {question.form for question in source.questions}
    form = next((form for form in forms if form in asked), forms[-1])
    if not asked & {form, None}:
        yield Ignored(survey.at, "a survey of which the source's configuration names no question")
    elif survey.get("surveyStatus").value != "Finished":
        yield Ignored(survey.at, "a survey that is not finished")
    else:
        completed_at = survey.need_instant("surveyCompletedDate")
        yield from responses(
            source,
            Answered(
                at=survey.at,
                form=form or "",
                form_at=survey.at,
                response=survey.need_text("surveyId"),
                given={name: _score(survey.get(name), source) for name in SCORES},
                about=about | {"agent": survey.get("userId").identifier(), "team": team(survey.get("queueId"), source)},
                submitted_at=completed_at,
                changed_at=completed_at,
            ),
        )


def _score(given: Node, source: Source) -> Node:
    """The total score is a percentage of the points: on the scale 0-1, a hundredth of it."""
    name = given.at.rpartition("/")[2]
    percent = any(question.question == name and question.scale == "0-1" for question in source.questions)
    number = given.number()
    return Node(number / 100, given.at) if percent and number is not None else given


VENDOR = Vendor(
    name="genesys_cloud",
    title="Genesys Cloud",
    formats=(Format.JSON,),
    read=read,
)
