"""Where a profile is, and that nothing an event says can change the host."""

import pytest

from profile_sync.core.preferences import Customer
from profile_sync.core.templates import UrlTemplate


@pytest.mark.parametrize(
    ("template", "url"),
    [
        ("https://crm.example/profiles/{customer_id}", "https://crm.example/profiles/a%3Ab"),
        ("https://crm.example/{tenant}/p?id={customer_id}", "https://crm.example/acme/p?id=a%3Ab"),
        ("http://127.0.0.1:8090/{customer_id}", "http://127.0.0.1:8090/a%3Ab"),
        ("http://localhost/{customer_id}", "http://localhost/a%3Ab"),
        ("http://[::1]:8090/{customer_id}", "http://[::1]:8090/a%3Ab"),
    ],
)
def test_values_fill_the_path_and_the_query_percent_encoded(template: str, url: str) -> None:
    assert UrlTemplate.parse(template).expand(Customer("acme", "a:b")) == url


def test_slashes_question_marks_and_braces_stay_inside_their_place() -> None:
    url = UrlTemplate.parse("https://crm.example/p/{customer_id}/x").expand(Customer("t", "../a?b#c/{tenant}"))
    assert url == "https://crm.example/p/..%2Fa%3Fb%23c%2F%7Btenant%7D/x"


@pytest.mark.parametrize("id_", [".", ".."])
def test_an_id_that_would_change_the_path_is_refused(id_: str) -> None:
    with pytest.raises(ValueError, match="path"):
        UrlTemplate.parse("https://crm.example/p/{customer_id}").expand(Customer("default", id_))


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("https://crm.example/profiles", "must have the placeholder"),
        ("https://crm.example/{customer_id}/{name}", "only"),
        ("https://crm.example/{customer_id}/{", "only"),
        ("https://{tenant}.example/{customer_id}", "host"),
        ("https://u:p@crm.example/{customer_id}", "password"),
        ("https://crm.example/{customer_id}#x", "fragment"),
        ("http://crm.example/{customer_id}", "https"),
        ("http://10.0.0.1/{customer_id}", "https"),
        ("http://127.0.0.1.evil.example/{customer_id}", "https"),
        ("ftp://crm.example/{customer_id}", "URL"),
        ("https:///{customer_id}", "URL"),
        ("https://crm.example:99999/{customer_id}", "URL"),
        ("{customer_id}", "URL"),
        ("", "URL"),
    ],
)
def test_a_template_that_is_not_safe_or_not_complete_is_refused(template: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        UrlTemplate.parse(template)
