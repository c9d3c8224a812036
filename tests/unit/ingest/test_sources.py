import pytest

from ingest.core import sources


@pytest.mark.parametrize(
    ("allowed", "claimed", "source"),
    [
        (("/crm/acme",), None, "/crm/acme"),
        (("/crm/acme",), "/crm/acme", "/crm/acme"),
        (("/crm/acme",), "/crm/other", "/crm/other"),  # which the key may not: refused, not silently overruled
        (("/a", "/b"), "/b", "/b"),
        (("/a", "/b"), None, "/api/k1"),
        ((), "/anything", "/anything"),
        ((), None, "/api/k1"),
    ],
)
def test_the_source_of_a_plain_report(allowed: tuple[str, ...], claimed: str | None, source: str) -> None:
    assert sources.of_plain(allowed, "k1", claimed) == source
