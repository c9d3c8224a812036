"""What is counted, as one document each: how it is named, stored and changed by an event."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from events.survey import SurveyResponse
from scoring.core.contact import Contact
from scoring.core.public_mention import PublicMention

Subject = Contact | PublicMention

_CONTACT = TypeAdapter(Contact)
_MENTION = TypeAdapter(PublicMention)


def of_interaction(interaction_id: str) -> str:
    return f"interaction/{interaction_id}"


def of_response(response: SurveyResponse) -> str:
    """The contact the answer is about; an answer that names none stands for a contact of its own."""
    if response.interaction_id is not None:
        return of_interaction(response.interaction_id)
    return f"response/{response.response_id}"


def of_mention(mention_id: str) -> str:
    return f"mention/{mention_id}"


def load(id_: str, state: dict[str, Any]) -> Subject:
    """The subject in a stored document; {} is one of which nothing is known."""
    adapter: TypeAdapter[Any] = _MENTION if id_.startswith("mention/") else _CONTACT
    found: Subject = adapter.validate_python(state)
    return found


def dump(subject: Subject) -> dict[str, Any]:
    """A JSON document that ``load`` reads."""
    return {name: _plain(value) for name, value in asdict(subject).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value
