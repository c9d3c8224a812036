"""Labels are read strictly: a wrong one would make every figure wrong, silently."""

import csv
from pathlib import Path

import pytest

from profile_sync.commands.labels import digest, labels
from profile_sync.commands.scores import Item
from profile_sync.commands.table import Unreadable

HERE = Path(__file__).parent


def written(folder: Path, *rows: str, key: str = "digest") -> Path:
    file = folder / "labels.csv"
    file.write_text("\n".join((f"{key},kind,value,optional", *rows)) + "\n", encoding="utf-8")
    return file


def test_a_digest_finds_its_remark_whatever_the_case_and_space_around(tmp_path: Path) -> None:
    file = written(tmp_path, f"{digest('call me')},call_back,true,0", f"{digest('call me')},contact_channel,phone,1")
    (one,) = labels(file, ["fine", " Call ME\n"])
    assert one.remark == " Call ME\n"
    assert one.stated == frozenset({Item("call_back", "true")})
    assert one.optional == frozenset({Item("contact_channel", "phone")})


def test_a_digest_without_a_remark_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, f"{digest('call me')},,,0", f"{digest('gone')},,,0")
    with pytest.raises(Unreadable, match=f"1 of 2 labelled remarks are not there, such as {digest('gone')}"):
        labels(file, ["call me"])


def test_a_remark_without_a_preference_is_one_of_the_set(tmp_path: Path) -> None:
    (one,) = labels(written(tmp_path, "all fine,,,0", key="remark"))
    assert (one.remark, one.stated, one.optional) == ("all fine", frozenset(), frozenset())


def test_a_remark_on_which_people_would_differ_is_one_of_the_set(tmp_path: Path) -> None:
    (one,) = labels(written(tmp_path, "get in touch,call_back,true,1", key="remark"))
    assert (one.stated, len(one.optional)) == (frozenset(), 1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("hello,language,Bengali!,0", "row 1: 'Bengali!' is not a value of 'language'"),
        ("hello,tongue,bn,0", "'bn' is not a value of 'tongue'"),
        ("hello,call_back,yes,0", "'yes' is not a value of 'call_back'"),
        ("hello,do_not_contact,pigeon taken-back,0", "'pigeon taken-back' is not a value"),
        ("hello,language,bn,", "optional must be 0 or 1"),
    ],
)
def test_a_label_that_is_none_is_refused(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        labels(written(tmp_path, row, key="remark"))


@pytest.mark.parametrize(("name", "remarks", "languages"), [("written.csv", 250, 8), ("held_back.csv", 150, 1)])
def test_a_written_set_is_what_it_says_it_is(name: str, remarks: int, languages: int) -> None:
    known = labels(HERE / name)
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        spoken = {row["language"] for row in csv.DictReader(file)}
    assert len(known) >= remarks
    assert sum(not each.stated for each in known) >= len(known) / 2
    assert len(spoken) >= languages
