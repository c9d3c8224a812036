"""Which identifiers tell of nobody by their form."""

import pytest

from events.opaque import opaque


@pytest.mark.parametrize(
    "identifier",
    [
        "1b20af55-0c05-fee5-f84a-53048238a814",
        "1B20AF55-0C05-FEE5-F84A-53048238A814",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "r-609726f18afe27b06779ac757cc4e41d",
        "x-609726f18afe27b06779ac75",
        "609726f18afe27b06779ac75",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    ],
)
def test_one_that_is_opaque_is_shown(identifier: str) -> None:
    assert opaque(identifier) == identifier


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "anna.meier",
        "anna.meier@example.com-17",
        "4915112345678",
        "0049-151-12345678",
        "ANNAMEIERANNAMEIERANNAMEIE",  # as long as a ULID
        "anna-1b20af55-0c05-fee5-f84a-53048238a814",
        "1b20af55-0c05-fee5-f84a-53048238a814\n",
        "r-anna",
        "Zoë",
    ],
)
def test_any_other_is_a_digest_that_is_always_the_same(identifier: str) -> None:
    found = opaque(identifier)
    assert len(found) == 13
    assert found[0] == "~"
    assert found == opaque(found) == opaque(identifier)


def test_two_have_two_digests() -> None:
    assert opaque("anna.meier") != opaque("anna.meyer")
