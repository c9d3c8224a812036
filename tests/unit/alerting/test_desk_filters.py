"""What an address of the queue looks for."""

from dataclasses import fields

import pytest

from alerting.desk import filters
from alerting.desk.filters import Filters
from alerting.store.queue import Wanted, person_key


def test_an_address_says_what_is_looked_for_and_says_it_again() -> None:
    said = {"state": "open", "due": "overdue", "team": "a&b=c", "tier": "gold", "page": "3"}
    found = filters.read(said)
    assert found == Filters(state="open", due="overdue", team="a&b=c", tier="gold", page=3)
    assert found.query() == "?state=open&due=overdue&team=a%26b%3Dc&tier=gold&page=3"
    assert found.query(page=1, due="") == "?state=open&team=a%26b%3Dc&tier=gold"
    assert filters.read({}).query() == ""


@pytest.mark.parametrize(
    "said",
    [{"state": "lost"}, {"due": "1"}, {"play": "chess"}, {"page": "0"}, {"page": "-1"}, {"page": "٣"}, {"x": "y"}],
)
def test_what_cannot_be_meant_is_left_out(said: dict[str, str]) -> None:
    assert filters.read(said) == Filters()


def test_me_is_whoever_looks() -> None:
    assert filters.read({"person": "me"}).wanted("Dana").person == person_key("Dana")
    assert filters.read({"person": person_key("Kim")}).wanted("Dana").person == person_key("Kim") != "Kim"
    assert filters.read({}).wanted("Dana") == Wanted()


def test_everything_the_database_can_look_for_can_be_said() -> None:
    assert {each.name for each in fields(Wanted)} < {each.name for each in fields(Filters)}
