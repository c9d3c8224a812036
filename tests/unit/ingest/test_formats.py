"""Which of a vendor's formats a Content-Type names."""

import pytest

from ingest.core.formats import Format
from ingest.core.wire import Unsupported
from ingest.vendors import registry
from ingest.vendors.delivery import format_of


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/vnd.surveymonkey.response.v1+json",
        "application/vnd.surveymonkey.response.v1+json; charset=utf-8",
        'Application/Problem+JSON;charset="UTF-8"',
    ],
)
def test_json_is_json_under_any_name_of_its_own(kind: str) -> None:
    assert format_of(registry.BY_NAME["surveymonkey"], kind) is Format.JSON


@pytest.mark.parametrize(
    "kind", ["application/vnd.x+json; charset=latin-1", "text/x+json", "application/+json", "+json"]
)
def test_what_only_looks_like_it_is_not(kind: str) -> None:
    with pytest.raises(Unsupported):
        format_of(registry.BY_NAME["surveymonkey"], kind)


def test_who_posts_no_json_may_not_name_it_so() -> None:
    with pytest.raises(Unsupported):
        format_of(registry.BY_NAME["salesforce"], "application/vnd.x+json")
