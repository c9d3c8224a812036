"""How a profile reads on the page."""

from typing import Any

from demo_crm.pages import show
from demo_crm.store import Profile


def shown(**fields: Any) -> list[tuple[str, str]]:
    return [(field.words, field.provenance) for field in show(Profile("cus-42", 1, fields))]


def said(value: Any, source: str = "survey resp-9001") -> dict[str, Any]:
    return {"value": value, "stated_at": "2026-03-02T09:40:00Z", "source": source}


def test_a_preference_is_shown_with_where_and_when_it_was_said() -> None:
    assert shown(contact_channel=said("email")) == [("Prefers e-mail", "said in survey resp-9001 on 2 March 2026")]


def test_a_persons_edit_says_so() -> None:
    assert shown(language=said("bn", "edited by hand")) == [("Speaks bn", "edited by hand on 2 March 2026")]


def test_what_must_not_be_done_comes_first() -> None:
    found = shown(contact_channel=said("email"), do_not_contact_in_person=said(True), do_not_contact_sms=said(False))
    assert [words for words, _ in found] == ["Do not contact in person", "Prefers e-mail", "May be contacted by SMS"]


def test_fields_of_any_shape_can_be_shown() -> None:
    assert shown(name="Sam", tier={"level": 3}, odd={"value": 1, "stated_at": "soon", "source": 7}) == [
        ("Name: Sam", ""),
        ("Odd: 1", "said in 7"),
        ("Tier: None", ""),
    ]
