"""What is counted, as one document each: how it is named, stored and changed by an event."""

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


def load(id_: str, state: str) -> Subject:
    """The subject in a stored JSON document; {} is one of which nothing is known."""
    found: Subject = _adapter(id_).validate_json(state)
    return found


def dump(id_: str, subject: Subject) -> str:
    """A JSON document that ``load`` reads."""
    return _adapter(id_).dump_json(subject).decode()


def _adapter(id_: str) -> TypeAdapter[Any]:
    return _MENTION if id_.startswith("mention/") else _CONTACT
