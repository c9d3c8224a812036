"""What all survey tools share: answers by question, of which the source's configuration says what they measure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from events.problems import Invalid
from events.scales import SCALES, RawValue
from events.survey import Status, SurveyResponse
from events.vocabulary import CHANNELS
from ingest.core.source import Question, Source
from ingest.vendors.node import Node, build, identifier
from ingest.vendors.outcome import Ignored, Outcome, Said

LONGEST_COMMENT = 8192
WORDS: frozenset[str] = frozenset({"good-bad", "thumbs", "yes-no"})
"""The scales whose values are words."""
NOTHING = Node(None)
_LANGUAGE = re.compile(r"(?P<primary>[A-Za-z]{2,3})(-[A-Za-z0-9]{2,8}){0,3}(?P<odd>-.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answered:
    """One filled-in form.

    Attributes:
        form, response: the vendor's ids; ``form_at`` is where the form's id stands.
        given: the answer to each question, by its id or reference.
        about: what ``contact`` found of the contact spoken of.
        changed_at: when it last changed; the newest counts.
        spelled: how else an answer that is a choice is written: its label beside its id, say.
        editable: an answer can be taken back, so a configured question without one is said to have none now.
    """

    at: str
    form: str
    form_at: str
    response: str
    given: Mapping[str, Node]
    about: Mapping[str, Any]
    submitted_at: datetime
    changed_at: datetime
    status: Status = "completed"
    spelled: Mapping[str, Sequence[Node]] = field(default_factory=dict)
    editable: bool = False


def contact(source: Source, root: Node, hidden: Node, prefix: str, *others: Node) -> dict[str, Any]:
    """What a payload says of the contact: where ``source.fields`` points in ``root``, else by the usual names among
    the hidden fields, then among ``others``. Ids are made ours, labels readable; a channel or language that is none
    is left out, since no score is lost for it."""

    def at(name: str) -> Node:
        if path := source.fields.get(name):  # type: ignore[call-overload]
            return root.path(path)
        return next((found for fields in (hidden, *others) if (found := fields.get(name))), NOTHING)

    return {
        "interaction_id": at("interaction_id").identifier(prefix),
        "customer_id": at("customer_id").identifier(),
        "agent": at("agent").identifier(),
        "team": at("team").label(source.labels.get("team")),
        "reason": at("reason").label(source.labels.get("reason")),
        "channel": _channel(at("channel")) or source.channel,
        "language": language(at("language")),
    }


def language(node: Node) -> str | None:
    """A language tag: as it stands, or its first part where only that is one we take (``zh-s``); None for none."""
    found = _LANGUAGE.fullmatch(node.value.replace("_", "-")) if isinstance(node.value, str) else None
    return found and (found["primary"] if found["odd"] else found[0])


def asked(source: Source, form: str, form_at: str) -> list[Question]:
    """The questions configured for a form, at least one. Raises Invalid."""
    found = [question for question in source.questions if question.form in (None, form)]
    if not found:
        sentence = "is a form of which the source's configuration names no question"
        raise Invalid.at(form_at, "unknown-form", sentence)
    return found


def responses(source: Source, answered: Answered) -> Iterator[Outcome]:
    """One response for each configured question that has an answer.

    Raises:
        Invalid: no question of that form is configured, or an answer is not on its scale.
    """
    questions = asked(source, answered.form, answered.form_at)
    found = [question for question in questions if answered.editable or answered.given.get(question.question)]
    if not found:
        yield Ignored(answered.at, "none of the configured questions is answered")
    for question in found:
        yield response(source, answered, question)


def response(source: Source, answered: Answered, question: Question) -> Said:
    """The answer to one question. Where there is none now, one that doesn't count."""
    name = identifier(f"{source.name}:{answered.response}:{question.question}")
    given = answered.given.get(question.question, NOTHING)
    taken_back = not given and answered.status == "completed"
    comment = answered.given.get(question.comment or "", NOTHING)
    data = build(
        SurveyResponse,
        answered.at,
        {
            "response_id": name,
            "updated_at": answered.changed_at,
            **answered.about,
            "instrument": question.instrument,
            "scale": question.scale,
            "value": meaning(question, given, *answered.spelled.get(question.question, ())) if given else None,
            "status": "dismissed" if taken_back else answered.status,
            "comment": comment.text(LONGEST_COMMENT),
            "submitted_at": answered.submitted_at,
        },
    )
    return Said(answered.at, event_id(name, answered.changed_at), data, answered.changed_at)


def meaning(question: Question, given: Node, *spelled: Node) -> RawValue:
    """The answer on the question's scale: by the configured values, else the number, word or boolean itself.

    Raises Invalid, pointing at the answer, where it is not on the scale or no choice the configured values name.
    """
    found = _meant(question, given, spelled)
    try:
        SCALES[question.scale].measure(found)
    except ValueError as error:
        raise given.wrong("off-scale", str(error)) from None
    return found


def event_id(name: str, changed_at: datetime) -> str:
    """The same for the same version of a response, however often it is told."""
    return identifier(f"{name}:{round(changed_at.timestamp() * 1000)}")


def _meant(question: Question, given: Node, spelled: Sequence[Node]) -> RawValue:
    if isinstance(given.value, bool):
        return question.values.get(str(given.value).lower(), given.value)
    texts = [text for node in (given, *spelled) if (text := node.text())]
    known = next((text for text in texts if text in question.values), None)
    if known is not None:
        return question.values[known]
    if question.values or not texts:
        raise given.wrong("unknown-choice", "is a choice of which the configured values say nothing")
    return texts[0].lower() if question.scale in WORDS else cast(float, given.number())


def _channel(node: Node) -> str | None:
    found = node.value.lower() if isinstance(node.value, str) else None
    return found if found in CHANNELS else None
