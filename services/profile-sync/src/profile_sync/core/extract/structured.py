"""Preferences among the structured answers, by a mapping the operator writes. What it does not map is never guessed.

The mapping, as YAML:

    answers:
      preferred_channel:              # the key of the answer
        kind: contact_channel
        values:                       # answer -> value; left out: the answer is the value
          E-mail: email
          Phone call: phone
      may_we_call:
        kind: do_not_contact
        channel: phone                # answers say whether to stop; without channel they name the channel
        values: {"yes": false, "no": true}
      preferred_language:
        kind: language

Answers are compared as text, without regard to case or surrounding space; true is ``true``, the number 3 is ``3``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from events.preference import Preference
from events.problems import Invalid, Problem, from_validation_error
from events.survey import SurveyResponse
from events.vocabulary import Identifier
from profile_sync.core.extract.found import Found

_PREFERENCE: TypeAdapter[Preference] = TypeAdapter(Preference)
_STOP = {"true": True, "false": False}
_OPEN_KINDS = {
    "language",
    "interest",
    "dislike",
    "note",
}  # their values are not words of ours, so the answer is taken as it is written


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str
    channel: str | None = None
    values: Annotated[dict[str, str], Field(min_length=1)] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    answers: dict[Identifier, _Rule]


@dataclass(frozen=True, slots=True)
class _Mapped:
    """``table`` is None where the answer itself is the value."""

    rule: _Rule
    table: Mapping[str, Preference] | None

    def preference(self, answer: str) -> Preference | None:
        if self.table is not None:
            return self.table.get(_plain(answer))
        return _preference(self.rule, answer)


@dataclass(frozen=True, slots=True)
class AnswerMap:
    """Which structured answers state a preference."""

    rules: Mapping[str, _Mapped]

    @classmethod
    def parse(cls, document: Any) -> Self:
        """Validate the mapping whole; scalars are expected as text (YAML's base loader), so that ``no`` stays ``no``.

        Raises:
            Invalid: with every complaint.
        """
        try:
            file = _File.model_validate(document)
        except ValidationError as error:
            raise from_validation_error(error, document) from error
        problems = [problem for key, rule in file.answers.items() for problem in _problems(key, rule)]
        if problems:
            raise Invalid(problems)
        return cls({key: _Mapped(rule, _table(rule)) for key, rule in file.answers.items()})


NO_ANSWERS = AnswerMap({})


def find(answers: AnswerMap, response: SurveyResponse) -> Iterable[Found | None]:
    for key, mapped in answers.rules.items():
        answer = response.answers.get(key)
        if answer is not None and answer != "":
            preference = mapped.preference(_text(answer))
            yield None if preference is None else Found(preference, answer=key)


def _text(answer: bool | int | float | str) -> str:
    if isinstance(answer, bool):
        return str(answer).lower()
    return str(int(answer)) if isinstance(answer, float) and answer.is_integer() else str(answer)


def _plain(answer: str) -> str:
    return answer.strip().casefold()


def _preference(rule: _Rule, value: str) -> Preference | None:
    word = value.strip() if rule.kind in _OPEN_KINDS else _plain(value)
    stated: dict[str, Any] = {"kind": rule.kind, "value": _STOP.get(word) if rule.kind == "call_back" else word}
    if rule.channel is not None:
        stated |= {"value": rule.channel, "stop": _STOP.get(word)}
    try:
        return _PREFERENCE.validate_python(stated)
    except ValidationError:
        return None


def _table(rule: _Rule) -> Mapping[str, Preference] | None:
    if rule.values is None:
        return None
    made = {_plain(answer): _preference(rule, value) for answer, value in rule.values.items()}
    return {answer: preference for answer, preference in made.items() if preference is not None}


def _problems(key: str, rule: _Rule) -> Iterable[Problem]:
    at = f"/answers/{key}"
    if rule.kind not in _SAMPLES:
        yield Problem(f"{at}/kind", "unknown-kind", f"must be one of {', '.join(_SAMPLES)}")
        return
    if rule.channel is not None and rule.kind != "do_not_contact":
        yield Problem(f"{at}/channel", "not-here", "goes with do_not_contact only")
        return
    sample = "true" if rule.channel is not None else _SAMPLES[rule.kind]
    if rule.channel is not None and _preference(rule, sample) is None:
        yield Problem(f"{at}/channel", "unknown-channel", "is not a channel")
        return
    answers = list(rule.values or ())
    if len({_plain(answer) for answer in answers}) < len(answers):
        yield Problem(f"{at}/values", "ambiguous", "has two answers that differ only in case or space")
    for answer in answers:
        if _preference(rule, (rule.values or {})[answer]) is None:
            yield Problem(f"{at}/values/{answer}", "not-a-value", f"is not a value of {rule.kind}, such as {sample}")


_SAMPLES = {
    "contact_channel": "email",
    "do_not_contact": "phone",
    "language": "en",
    "contact_time": "morning",
    "contact_days": "weekend",
    "call_back": "true",
    "accessibility": "hearing",
    "form_of_address": "first-name",
    "interest": "a text",
    "delivery": "call-before",
    "dislike": "a text",
    "note": "a text",
}
