"""Changing the text of a sources file: what a person wrote stays, and no change is made that was not meant."""

from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.runtime import plain_yaml
from ingest.sources.edit import CannotEdit, with_entry, with_first_secret_only, with_secret

ENTRY = {"name": "shop", "vendor": "typeform", "secrets": ["shop-secret"]}

WRITTEN = """\
# our senders
public_url: https://amends.example.com   # behind the proxy

sources:
  # the telephone system
  - name: pbx
    vendor: asterisk   # queue_log
    secrets: [pbx-1, pbx-2] # two, for now

  - vendor: typeform
    name: poll
    secrets:
      - poll-1   # since March
      - poll-2
    questions:
      - {question: q1, scale: 1-5}
# the end
"""


def lines(text: str) -> list[str]:
    return text.splitlines()


def test_an_entry_comes_last_and_every_line_that_was_there_stays() -> None:
    edited = with_entry(WRITTEN, ENTRY)
    added = "  - name: shop\n    vendor: typeform\n    secrets:\n    - shop-secret\n"
    assert edited.endswith(added + "# the end\n")
    assert edited.replace(added, "") == WRITTEN
    assert plain_yaml.loads(edited)["sources"][2] == ENTRY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "sources:",
        "sources: []",
        "sources: []  # none yet\n",
        "sources:\n",
        "public_url: https://a.example",
        "sources:\n- name: a\n  vendor: b",
        "sources:\n- name: a\n  vendor: b\npublic_url: https://a.example\n",
        "sources:\n- name: a\n  note: |\n    long\n    text\n\n\npublic_url: https://a.example\n",
        "sources:\n- {name: a, vendor: b}\n",
        "sources:\n    - name: a\n      labels: {team: {g: Billing}}\n",
        "sources:\n- name: \"a\"\n  vendor: 'b'\n  options:\n",
        "---\nsources:\n- name: a\n",
    ],
)
def test_an_entry_fits_into_a_file_of_any_usual_shape(text: str) -> None:
    before = plain_yaml.loads(text) or {}
    after = plain_yaml.loads(with_entry(text, ENTRY))
    assert after == {**before, "sources": [*(before.get("sources") or []), ENTRY]}


def test_the_public_url_comes_at_the_top() -> None:
    edited = with_entry("sources:\n- name: a\n", ENTRY, public_url="https://a.example")
    assert lines(edited)[0] == "public_url: https://a.example"


@pytest.mark.parametrize("text", ["{sources: []}", "sources: [{name: a}]", "sources: [\n  {name: a},\n]\n"])
def test_a_file_in_brackets_is_left_to_a_person(text: str) -> None:
    with pytest.raises(CannotEdit):
        with_entry(text, ENTRY)


def test_a_new_secret_comes_first_and_comments_stay() -> None:
    edited = with_secret(with_secret(WRITTEN, 0, "pbx-3"), 1, "poll-3")
    sources = plain_yaml.loads(edited)["sources"]
    assert sources[0]["secrets"] == ["pbx-3", "pbx-1", "pbx-2"]
    assert sources[1]["secrets"] == ["poll-3", "poll-1", "poll-2"]
    assert "    secrets: [pbx-3, pbx-1, pbx-2] # two, for now" in lines(edited)
    assert "      - poll-1   # since March" in lines(edited)
    assert "vendor: asterisk   # queue_log" in edited


def test_old_secrets_are_taken_out_and_all_else_stays() -> None:
    edited = with_first_secret_only(with_first_secret_only(WRITTEN, 0), 1)
    sources = plain_yaml.loads(edited)["sources"]
    assert [source["secrets"] for source in sources] == [["pbx-1"], ["poll-1"]]
    assert "# the telephone system" in edited
    assert sources[1]["questions"] == [{"question": "q1", "scale": "1-5"}]


NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
SOURCES = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "secrets": st.lists(NAMES.map("s{}".format), min_size=1, max_size=3)},
        optional={"note": st.sampled_from(["one\ntwo", "yes", "2026-01-01", "# no comment", "a: b", "", "  x"])},
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=60)
@given(SOURCES, st.sampled_from([None, True, False]), st.sampled_from(["", "\n", "# end\n", "\n\nother: 1\n"]))
def test_whatever_the_file_looks_like_the_change_is_the_one_meant_or_none(
    sources: list[dict[str, Any]], flow: bool | None, rest: str
) -> None:
    assume(not (flow and "other" in rest))
    text = yaml.safe_dump({"sources": sources}, default_flow_style=flow, sort_keys=False).rstrip("\n") + "\n" + rest
    before = plain_yaml.loads(text)
    last = len(sources) - 1
    try:
        added = plain_yaml.loads(with_entry(text, ENTRY))
        more = with_secret(text, last, "fresh")
        fewer = plain_yaml.loads(with_first_secret_only(more, last))
    except CannotEdit:
        assert flow
        return
    assert added["sources"] == [*before["sources"], ENTRY]
    assert plain_yaml.loads(more)["sources"][last]["secrets"] == ["fresh", *before["sources"][last]["secrets"]]
    assert fewer["sources"][last]["secrets"] == ["fresh"]
    assert fewer["sources"][:last] == before["sources"][:last]
