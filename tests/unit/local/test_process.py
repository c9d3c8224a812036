"""A guarded process never outlives its owner. The servers here are shells: what is tested is the guard."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amends.local.errors import PartFailed
from amends.local.leftovers import birth
from amends.local.process import Command, GuardedProcess, tail

STUBBORN = "trap '' TERM; while :; do sleep 0.1; done"
Start = Callable[[str], GuardedProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes: list[GuardedProcess] = []

    def run(text: str) -> GuardedProcess:
        process = GuardedProcess(Command(("/bin/sh", "-c", text), tmp_path / "log", grace=0.3))
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def test_its_exit_code_and_output_are_kept(start: Start, tmp_path: Path) -> None:
    assert start("echo out; echo err >&2; exit 7").wait(10) == 7
    assert (tmp_path / "log").read_text() == "out\nerr\n"


def test_it_runs_in_a_session_of_its_own_so_ctrl_c_does_not_reach_it(start: Start) -> None:
    assert os.getsid(start("exec sleep 60").pid) != os.getsid(0)


def test_stop_lets_it_finish(start: Start, tmp_path: Path) -> None:
    process = start("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done")
    wait_until(lambda: "up" in (tmp_path / "log").read_text(), "it runs")
    process.stop(10)
    assert not process.running
    assert (tmp_path / "log").read_text() == "up\nbye\n"


def test_stop_kills_what_does_not_end_in_time(start: Start) -> None:
    process = start(STUBBORN)
    began = time.monotonic()
    process.stop(0.3)
    assert not process.running
    assert time.monotonic() - began < 5


def test_killing_it_takes_its_children_along(start: Start, tmp_path: Path) -> None:
    process = start("setsid sleep 60 & echo $!; wait")
    wait_until(lambda: (tmp_path / "log").read_text().endswith("\n"), "it has a child")
    child = int((tmp_path / "log").read_text())
    process.kill()
    assert not birth(child)
    assert not birth(process.pid)


def test_stop_and_kill_after_its_end_do_nothing(start: Start) -> None:
    process = start("exit 0")
    process.wait(10)
    process.stop()
    process.kill()


def test_the_death_of_the_guard_takes_it_along(start: Start) -> None:
    process = start("exec sleep 60")
    os.kill(process._guard.pid, signal.SIGKILL)
    wait_until(lambda: not birth(process.pid), "the server is gone")


@pytest.mark.parametrize("text", ["exec sleep 60", STUBBORN])
def test_the_death_of_its_owner_ends_it(tmp_path: Path, text: str) -> None:
    script = (
        "import sys, time; from pathlib import Path; from amends.local.process import Command, GuardedProcess\n"
        f"p = GuardedProcess(Command(('/bin/sh', '-c', {text!r}), Path(sys.argv[1]), grace=0.3))\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", script, str(tmp_path / "log")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        server = int(owner.stdout.readline())
        assert birth(server)
        owner.kill()
    wait_until(lambda: not birth(server), "the server is gone")


def test_a_program_that_is_not_there_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    process = GuardedProcess(Command(("/nonexistent/server",), tmp_path / "log"))
    assert process.wait(10) == 127
    assert "cannot run /nonexistent/server" in (tmp_path / "log").read_text()


def test_waiting_is_bounded_and_says_for_what(start: Start) -> None:
    with pytest.raises(PartFailed, match="sh has not ended within 0 s"):
        start("echo busy; exec sleep 60").wait(0.2)


def test_the_end_of_a_log_is_its_last_lines_and_says_when_there_is_none(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    assert tail(log) == "kafka.log is empty."
    log.write_text("\n \n")
    assert tail(log) == "kafka.log is empty."
    log.write_text("".join(f"line {number}\n" for number in range(30)))
    assert tail(log).splitlines() == ["The end of kafka.log:", *(f"line {number}" for number in range(18, 30))]


def test_however_much_a_server_says_while_it_goes_down_the_end_of_its_log_says_why(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text(
        "12:00 main INFO starting\n12:01 main ERROR Exiting Kafka due to fatal exception\n"
        "KafkaException: Socket server failed to bind\n\tat kafka.Kafka.main(Kafka.scala)\n\t... 6 more\n"
        "Caused by: java.net.BindException: Address already in use\n"
        + "".join(f"\tat java.base/sun.nio.ch.Net.bind{number}(Net.java:555)\n" for number in range(20))
        + "".join(f"12:02 hook INFO part {number} shut down\n" for number in range(40))
    )
    assert tail(log).splitlines() == [
        "The end of kafka.log:",
        "12:01 main ERROR Exiting Kafka due to fatal exception",
        "Caused by: java.net.BindException: Address already in use",
        *(f"12:02 hook INFO part {number} shut down" for number in range(28, 40)),
    ]
