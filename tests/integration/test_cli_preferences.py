"""``amends preferences`` as it is typed: files in, lines out, and one line when a file cannot be used."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from amends.main import run
from profile_sync.commands import preferences
from profile_sync.core.doubt import SURE

CALL_ME = "Please call me back."
NO_CALLS = 'No more calls, please!\nI said "no", 何度も。'


def table(folder: Path, *cells: str, header: str = "id,remark") -> Path:
    file = folder / "answers.csv"
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    file.write_text("\n".join((header, *(f"{n},{cell}" for n, cell in enumerate(quoted)))) + "\n", encoding="utf-8")
    return file


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


class Shell:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def type(self, *words: str | Path) -> tuple[int, str, str]:
        code = preferences.execute([str(word) for word in words])
        return (code, *self._capsys.readouterr())

    def extracted(self, file: Path, *more: str) -> list[dict[str, Any]]:
        code, out, _ = self.type("extract", file, "--column", "remark", "--out", "-", *more)
        assert code == 0
        return lines(out)

    def refused(self, *words: str | Path) -> str:
        code, out, err = self.type(*words)
        assert (code, out, err.count("\n")) == (2, "", 1), err
        return err.removeprefix(f"amends preferences {words[0]}: ").rstrip("\n")


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def test_every_row_gets_its_line_in_order(shell: Shell, tmp_path: Path) -> None:
    said = shell.extracted(table(tmp_path, "Very good", CALL_ME, "", NO_CALLS))
    assert [line["row"] for line in said] == [0, 1, 2, 3]
    assert [line["remark"] for line in said] == ["Very good", CALL_ME, "", NO_CALLS]
    kinds = [[each["kind"] for each in line["preferences"]] for line in said]
    assert kinds == [[], ["call_back"], [], ["do_not_contact"]]


def test_a_find_has_its_value_its_standing_and_its_words(shell: Shell, tmp_path: Path) -> None:
    late = 40 * " " + CALL_ME
    called, stopped = (line["preferences"][0] for line in shell.extracted(table(tmp_path, late, NO_CALLS)))
    assert (called["value"], stopped["value"], stopped["stop"]) == (True, "phone", True)
    assert "stop" not in called
    for remark, found in ((late, called), (NO_CALLS, stopped)):
        assert (found["status"] == "active") is (found["confidence"] >= SURE)
        assert found["words"] == remark[found["start"] : found["end"]]
        assert "call" in found["words"].casefold()
        assert found["words"] == found["words"].strip()
        assert found["extractor"].startswith("text/")


def test_a_file_gets_the_same_lines_and_the_summary_goes_to_standard_error(shell: Shell, tmp_path: Path) -> None:
    file, out = table(tmp_path, "とても良い", CALL_ME), tmp_path / "out.jsonl"
    code, said, summary = shell.type("extract", file, "--column", "remark", "--out", out, "--language", "en")
    assert (code, said) == (0, "")
    assert lines(out.read_text(encoding="utf-8")) == shell.extracted(file)
    assert "とても良い" in out.read_text(encoding="utf-8"), "people read it, too"
    assert summary.startswith("2 rows, 1 with preferences, ")
    assert "µs a remark" in summary
    assert "call_back" in summary


def test_a_byte_order_mark_is_not_part_of_the_first_name(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "excel.csv"
    file.write_bytes(b'\xef\xbb\xbfremark,id\r\n"all\r\nfine",1\r\n')
    assert shell.extracted(file) == [{"row": 0, "remark": "all\r\nfine", "preferences": []}]


def test_a_row_that_is_too_short_has_an_empty_remark(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "short.csv"
    file.write_text("id,remark\n1\n2,fine,too,long\n")
    assert [line["remark"] for line in shell.extracted(file)] == ["", "fine"]


def test_a_header_alone_is_a_file_of_no_rows(shell: Shell, tmp_path: Path) -> None:
    assert shell.extracted(table(tmp_path)) == []


def test_rows_are_written_while_the_file_is_read(tmp_path: Path, shell: Shell) -> None:
    """The file is broken in its last row, and what stood before it has been done: nothing waits for the end."""
    file = tmp_path / "long.csv"
    file.write_bytes(b"remark\n" + b"fine\n" * 50_000 + b"\xff\n")
    code, out, err = shell.type("extract", file, "--column", "remark", "--out", "-")
    assert (code, err) == (2, f"amends preferences extract: {file} is not UTF-8\n")
    assert len(lines(out)) > 40_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "its first line does not name the columns; is it empty?"),
        (b"\nremark\nfine\n", "its first line does not name the columns; is it empty?"),
        (b"id,Comment\n1,fine\n", "has no column 'remark'; it has 'id', 'Comment'"),
        ("remark\nfine\n".encode("utf-16"), "is not UTF-8"),
        (b"remark\n\xe9t\xe9\n", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    shell: Shell, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(content)
    assert said in shell.refused("extract", file, "--column", "remark", "--out", "-")


def test_a_quote_that_never_ends_is_refused(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferences, "LONGEST_CELL", 1_000)
    file = tmp_path / "answers.csv"
    file.write_text('remark\n"fine\n' + "fine\n" * 1_000)
    assert "field larger than field limit" in shell.refused("extract", file, "--column", "remark", "--out", "-")


def test_what_cannot_be_read_or_written_is_named(shell: Shell, tmp_path: Path) -> None:
    file = table(tmp_path, "fine")
    words = ("--column", "remark", "--out")
    assert shell.refused("extract", tmp_path / "none.csv", *words, "-").endswith(
        "cannot be read: No such file or directory"
    )
    assert shell.refused("extract", tmp_path, *words, "-").endswith("cannot be read: Is a directory")
    assert "cannot be written: " in shell.refused("extract", file, *words, tmp_path / "no" / "out.jsonl")


def test_the_file_to_read_is_not_written_over(shell: Shell, tmp_path: Path) -> None:
    file = table(tmp_path, "fine")
    before = file.read_bytes()
    assert shell.refused("extract", file, "--column", "remark", "--out", file).endswith("is the file to read")
    assert file.read_bytes() == before


def test_a_bad_file_leaves_what_stood_in_out(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("kept")
    shell.refused("extract", table(tmp_path, "fine"), "--column", "words", "--out", out)
    assert out.read_text() == "kept"


def labelled(folder: Path, *rows: str) -> Path:
    file = folder / "labels.csv"
    file.write_text("\n".join(("remark,kind,value,optional", *rows)) + "\n")
    return file


def test_an_evaluation_prints_its_figures_and_no_remark(shell: Shell, tmp_path: Path) -> None:
    file = labelled(tmp_path, f"{CALL_ME},call_back,true,0", "Very good,language,bn,0")
    code, out, err = shell.type("evaluate", file)
    assert (code, err) == (0, "")
    assert out.startswith("2 remarks, 2 with a preference")
    assert [line.split()[:4] for line in out.splitlines() if line.startswith("all")] == [["all", "2", "1", "1"]] * 2
    assert "Very good" not in out


def test_mistakes_are_shown_when_asked_for(shell: Shell, tmp_path: Path) -> None:
    _, out, _ = shell.type("evaluate", labelled(tmp_path, "Very\x1b[2J good,language,bn,0"), "--show")
    assert "missed language bn  |  Very?[2J good" in out


def test_labels_by_digest_need_their_remarks(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("digest,kind,value,optional\n0123456789abcdef,,,0\n")
    said = shell.refused("evaluate", file, "--remarks", table(tmp_path, "fine"), "--column", "remark")
    assert said.endswith("1 of 1 labelled remarks are not there, such as 0123456789abcdef")
    assert "has no column 'remark'" in shell.refused("evaluate", file)


async def test_the_command_line_hands_over_to_profile_sync(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["preferences", "extract", str(table(tmp_path, CALL_ME)), "--column", "remark", "--out", "-"]
    assert await asyncio.to_thread(run, words) == 0
    assert [line["remark"] for line in lines(capfd.readouterr().out)] == [CALL_ME]
    assert await asyncio.to_thread(run, [*words[:3], "--column", "none", "--out", "-"]) == 2
    assert capfd.readouterr().err.count("\n") == 1
