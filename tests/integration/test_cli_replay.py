"""A replay against an ingest that misbehaves: away, out of step, killed half-way, particular about rows."""

import csv
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from amends.main import run

KEY = "amk_test"
MAP = """
source: /replay/test
values:
  id: {column: id}
events:
  - type: interaction.reported
    fields:
      interaction_id: id
      channel: {column: channel}
      offered_at: {column: offered, as: datetime}
"""
Answer = tuple[int, dict[str, str], dict[str, Any]]


class Ingest:
    """Stores what it accepts. ``answers`` are given first, one a request; then everything is accepted."""

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []
        self.requests = 0
        self.answers: list[Callable[[list[dict[str, Any]]], Answer]] = []
        ingest = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                batch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Authorization"] == f"Bearer {KEY}"
                ingest.requests += 1
                status, headers, body = (ingest.answers.pop(0) if ingest.answers else ingest.accept)(batch)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                with suppress(BrokenPipeError):  # the test killed who asked
                    self.end_headers()
                    self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def accept(self, batch: list[dict[str, Any]]) -> Answer:
        self.stored += batch
        return 202, {}, {"accepted": len(batch), "ids": [event["id"] for event in batch]}

    @property
    def contacts(self) -> list[str]:
        return [event["data"]["interaction_id"] for event in self.stored]


def away(_: Any) -> Answer:
    return 503, {"Retry-After": "0"}, {"title": "Not available right now"}


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    found = Ingest()
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "map.yaml").write_text(MAP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(folder: Path, count: int, bad: tuple[int, ...] = ()) -> None:
    lines = ["id,channel,offered"]
    for number in range(1, count + 1):
        lines.append(f"c-{number},{'pigeon' if number in bad else 'phone'},2026-01-15T09:00:00Z")
    (folder / "calls.csv").write_text("\n".join(lines) + "\n")


def replay(ingest: Ingest, *more: str) -> int:
    return run(["replay", "calls.csv", "--map", "map.yaml", "--url", ingest.url, "--key", KEY, *more])


def said(captured: pytest.CaptureFixture[str]) -> str:
    return " ".join(captured.readouterr().out.split())


def test_every_row_is_posted_once_in_batches(ingest: Ingest, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows(folder, 25)
    assert replay(ingest, "--batch", "10") == 0
    assert ingest.contacts == [f"c-{number}" for number in range(1, 26)]
    assert ingest.requests == 3
    assert "25 rows of calls.csv read, 25 events posted, 0 rows rejected" in said(capsys)


def test_an_ingest_that_is_away_is_waited_for(ingest: Ingest, folder: Path) -> None:
    rows(folder, 5)
    ingest.answers = [away, lambda _: (429, {"Retry-After": "0"}, {}), lambda _: (502, {"Retry-After": "0"}, {})]
    assert replay(ingest) == 0
    assert (len(ingest.contacts), ingest.requests) == (5, 4)


def test_stored_without_an_answer_is_sent_again_with_the_same_ids(ingest: Ingest, folder: Path) -> None:
    rows(folder, 5)

    def stored_but_503(batch: list[dict[str, Any]]) -> Answer:
        ingest.accept(batch)
        return away(batch)

    ingest.answers = [stored_but_503]
    assert replay(ingest) == 0
    ids = [event["id"] for event in ingest.stored]
    assert ids[:5] == ids[5:]


def test_a_refused_row_is_set_aside_and_the_rest_sent(
    ingest: Ingest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(folder, 6, bad=(2,))

    def particular(batch: list[dict[str, Any]]) -> Answer:
        problem = {"pointer": "/1/data/offered_at", "code": "future", "detail": "is too far ahead"}
        return 422, {}, {"title": "The body does not fit the contract", "errors": [problem]}

    ingest.answers = [particular]
    assert replay(ingest, "--rejects", "rejects.csv") == 1
    assert ingest.contacts == ["c-1", "c-4", "c-5", "c-6"]
    captured = capsys.readouterr()
    assert "2 rows rejected" in " ".join(captured.out.split())
    assert captured.err == "error: 2 rows are rejected: rejects.csv has them, with the reasons\n"
    with (folder / "rejects.csv").open() as file:
        rejected = list(csv.DictReader(file))
    assert [(row["id"], row["amends_line"]) for row in rejected] == [("c-2", "3"), ("c-3", "4")]
    assert rejected[0]["amends_why"].startswith("/data/channel literal_error")
    assert rejected[1]["amends_why"] == "/data/offered_at future: is too far ahead"


def test_rejects_can_be_mended_and_replayed(ingest: Ingest, folder: Path) -> None:
    rows(folder, 3, bad=(2,))
    assert replay(ingest, "--rejects", "rejects.csv") == 1
    mended = (folder / "rejects.csv").read_text().replace("pigeon", "phone")
    (folder / "calls.csv").write_text(mended)
    assert replay(ingest) == 0
    assert ingest.contacts == ["c-1", "c-3", "c-2"]


def test_a_replay_that_is_done_sends_nothing_again_unless_asked(
    ingest: Ingest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(folder, 5)
    assert replay(ingest) == 0
    assert "before" not in said(capsys)
    assert replay(ingest) == 0
    assert said(capsys).endswith("5 events posted, 0 rows rejected, those of before included")
    assert len(ingest.contacts) == 5
    assert replay(ingest, "--no-resume") == 0
    assert len(ingest.contacts) == 10


def test_another_file_is_another_replay(ingest: Ingest, folder: Path) -> None:
    rows(folder, 3)
    assert replay(ingest) == 0
    rows(folder, 4)
    assert replay(ingest) == 0
    assert len(ingest.contacts) == 7


def test_a_shuffled_replay_has_the_same_rows_in_a_repeatable_order(ingest: Ingest, folder: Path) -> None:
    rows(folder, 50)
    assert replay(ingest, "--shuffle", "1") == 0
    first = ingest.contacts
    ingest.stored = []
    assert replay(ingest, "--shuffle", "1", "--no-resume") == 0
    assert ingest.contacts == first
    assert first != sorted(first, key=lambda id_: int(id_[2:]))
    assert len(set(first)) == 50


def test_a_limit_may_be_raised_later(ingest: Ingest, folder: Path) -> None:
    rows(folder, 9)
    assert replay(ingest, "--limit", "4") == replay(ingest, "--limit", "6") == 0
    assert ingest.contacts == [f"c-{number}" for number in range(1, 7)]


def test_a_dry_run_sends_nothing_and_remembers_nothing(
    ingest: Ingest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(folder, 5, bad=(5,))
    assert replay(ingest, "--dry-run") == 1
    assert ingest.requests == 0
    assert "4 events would be posted, 1 rows rejected" in said(capsys)
    assert not list(folder.glob(".local/replay/*.json"))


def test_a_key_that_is_not_taken_ends_it_in_one_line(
    ingest: Ingest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(folder, 5)
    ingest.answers = [lambda _: (401, {}, {"title": "A valid API key is needed", "detail": "Send the header."})]
    assert replay(ingest) == 1
    error = capsys.readouterr().err
    assert error.endswith("/v1/events answers 401: A valid API key is needed; Send the header.\n")
    assert error.count("\n") == 1


def test_a_mapping_that_is_wrong_for_every_row_is_noticed_early(
    ingest: Ingest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(folder, 2000, bad=tuple(range(2001)))
    assert replay(ingest, "--batch", "100") == 1
    assert "the mapping must be wrong" in capsys.readouterr().err


def test_complaints_about_the_mapping_and_the_file_name_both(
    ingest: Ingest, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "calls.csv").write_text("id,kanal\n1,phone\n")
    assert replay(ingest) == 1
    error = capsys.readouterr().err
    assert "calls.csv does not fit map.yaml, which has 2 complaints" in error
    assert "column 'channel' is not in the file" in error


def test_killed_half_way_it_goes_on_where_it_ended(ingest: Ingest, folder: Path) -> None:
    rows(folder, 40, bad=(3,))
    reached, go_on = threading.Event(), threading.Event()

    def stored_but_never_answered(batch: list[dict[str, Any]]) -> Answer:
        ingest.accept(batch)
        reached.set()
        go_on.wait(20)
        return away(batch)

    ingest.answers = [ingest.accept, ingest.accept, stored_but_never_answered]
    argv = [sys.executable, "-m", "amends", "replay", "calls.csv", "--map", "map.yaml", "--url", ingest.url]
    with subprocess.Popen([*argv, "--key", KEY, "--batch", "10"], cwd=folder) as process:
        try:
            assert reached.wait(30), "the third batch did not come"
        finally:
            process.kill()
            go_on.set()
    assert replay(ingest, "--batch", "10") == 1
    assert len(ingest.contacts) == 49  # the batch without an answer was stored twice, under the same ids
    assert len({event["id"] for event in ingest.stored}) == 39
    (rejects,) = folder.glob(".local/replay/*.rejects.csv")
    assert rejects.read_text().count("pigeon") == 1
