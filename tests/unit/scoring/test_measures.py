"""The list of measures, and that the database has a column for each."""

from scoring.core.measures import FAMILIES, HISTOGRAMS, MEASURES, PENDING, TABLES, family_of


def test_every_measure_is_in_one_family_and_one_table() -> None:
    assert len(set(MEASURES)) == len(MEASURES)
    assert sorted(m for measures in TABLES.values() for m in measures) == sorted(MEASURES)
    assert all(measure in family_of(measure).measures for measure in MEASURES)
    assert PENDING not in MEASURES
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


def test_histograms_keep_their_places() -> None:
    assert HISTOGRAMS[:8] == ("wait", "handle", "wrap", "hold", "response", "response_business", "claim", "contact")
