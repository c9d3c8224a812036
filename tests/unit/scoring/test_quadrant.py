from scoring.core.quadrant import quadrant


def sums(seconds: int, contacts: int, satisfied: int, answers: int) -> dict[str, int]:
    return {
        "handle_ms": seconds * contacts * 1000,
        "handled": contacts,
        "csat_satisfied": satisfied,
        "csat_dissatisfied": answers - satisfied,
    }


def test_each_has_a_place_between_fast_and_slow_happy_and_unhappy() -> None:
    found = quadrant(
        {
            "a": sums(100, 20, 18, 20),
            "b": sums(200, 20, 4, 20),
            "c": sums(300, 20, 19, 20),
            "d": sums(4000, 20, 7, 20),
        }
    )
    assert (found.aht, found.csat) == (250, 0.6)
    assert {key: place.quadrant for key, place in found.places.items()} == {
        "a": "fast_happy",
        "b": "fast_unhappy",
        "c": "slow_happy",
        "d": "slow_unhappy",
    }


def test_who_has_few_contacts_or_answers_is_shown_but_not_placed() -> None:
    found = quadrant({"a": sums(100, 10, 5, 10), "b": sums(900, 9, 10, 10), "c": sums(900, 20, 9, 9)})
    assert (found.aht, found.csat) == (100, 0.5)
    assert [found.places[key].quadrant for key in "abc"] == ["fast_happy", None, None]
    assert found.places["b"].aht.value == 900


def test_what_nobody_can_be_named_for_moves_no_line() -> None:
    found = quadrant({"a": sums(100, 20, 20, 20), "unattributed": sums(900, 5000, 0, 5000)})
    assert (found.aht, found.csat) == (100, 1)
    assert found.places["unattributed"].quadrant == "slow_unhappy"


def test_happy_is_against_all_customers_together_not_the_mean_of_agents() -> None:
    found = quadrant({"a": sums(100, 20, 90, 100), "b": sums(100, 20, 2, 10)})
    assert found.csat == 92 / 110


def test_without_enough_data_there_are_no_lines() -> None:
    found = quadrant({"a": sums(100, 3, 3, 3)})
    assert (found.aht, found.csat, found.places["a"].quadrant) == (None, None, None)
    assert quadrant({}).places == {}
