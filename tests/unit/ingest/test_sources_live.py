"""Sources while the service runs: a change is taken up whole, a mistake changes nothing and is told once."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from events.runtime.reloading import fingerprint
from ingest.sources.complaints import Unusable
from ingest.sources.live import LiveSources
from ingest.sources.snapshot import Configured
from ingest.sources_telemetry import SourcesTelemetry
from support.source_vendors import VENDORS
from support.until import until

ONE = "sources: [{name: shop, vendor: forms, secrets: [shop]}]"
TWO = "sources: [{name: shop, vendor: forms, secrets: [shop]}, {name: pbx, vendor: pbx, tenant: acme}]"


@pytest.fixture(autouse=True)
def _logs_as_a_service_has_them() -> None:
    """The command line, tried by other tests of this process, silences the log."""
    structlog.reset_defaults()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    secret(tmp_path, "shop", "first")
    (tmp_path / "sources.yaml").write_text(ONE)
    return tmp_path / "sources.yaml"


def secret(folder: Path, name: str, content: str) -> None:
    (folder / "secrets" / name).write_text(content)
    (folder / "secrets" / name).chmod(0o600)


def write(file: Path, text: str) -> None:
    file.write_text(text)


def vanish(file: Path) -> None:
    file.unlink()


def opened(file: Path | None) -> LiveSources:
    return LiveSources(file, file and file.parent / "secrets", database=True, vendors=VENDORS)


@asynccontextmanager
async def running(live: LiveSources, registry: CollectorRegistry) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(live.job(SourcesTelemetry(registry), every=0.02)(stop))
    await until(lambda: registry.get_sample_value("amends_ingest_sources_reload_timestamp_seconds"), "read once")
    yield
    stop.set()
    await asyncio.wait_for(task, 5)


def failed(registry: CollectorRegistry) -> float | None:
    return registry.get_sample_value("amends_ingest_sources_reload_failed")


def secrets(found: Configured | None) -> list[str]:
    return [secret.get_secret_value() for secret in found.secrets] if found else []


def test_a_wrong_file_stops_the_start(file: Path) -> None:
    file.write_text("sources: [{name: shop, vendor: forms}]")
    with pytest.raises(Unusable, match="secrets is required"):
        opened(file)


def test_without_a_file_there_are_no_sources() -> None:
    assert opened(None).find("shop") is None


async def test_without_a_file_the_job_runs_all_the_same() -> None:
    registry = CollectorRegistry()
    async with running(opened(None), registry):
        assert failed(registry) == 0


async def test_a_change_of_the_file_is_taken_up_and_those_who_hold_the_old_snapshot_keep_it(file: Path) -> None:
    live, registry = opened(file), CollectorRegistry()
    before = live.now
    async with running(live, registry):
        write(file, TWO)
        await until(lambda: live.find("pbx"), "the new source")
    assert before.find("pbx") is None
    assert live.voices("acme", "pbx") == ("pbx",)
    assert live.voices("default", "pbx") == ()
    assert live.voices("acme", "nobody") == ()


async def test_a_secret_that_is_swapped_behind_a_link_is_taken_up_though_its_file_is_older(file: Path) -> None:
    folder = file.parent / "secrets"
    for version, content in (("..v1", "first"), ("..v2", "second")):
        (folder / version).mkdir()
        (folder / version / "shop").write_text(content)
        os.utime(folder / version / "shop", (1, 1))
    (folder / "..data").symlink_to("..v1")
    (folder / "shop").unlink()
    (folder / "shop").symlink_to("..data/shop")
    live, registry = opened(file), CollectorRegistry()
    async with running(live, registry):
        assert secrets(live.find("shop")) == ["first"]
        (folder / "..next").symlink_to("..v2")
        (folder / "..next").replace(folder / "..data")
        await until(lambda: secrets(live.find("shop")) == ["second"], "the swapped secret")


async def test_a_broken_file_changes_nothing_is_told_once_and_mended_it_counts(file: Path) -> None:
    live, registry = opened(file), CollectorRegistry()
    looks = 0

    def count() -> list[Path]:
        nonlocal looks
        looks += 1
        return [file]

    live._files = count  # type: ignore[method-assign]
    with capture_logs() as lines:
        async with running(live, registry):
            assert failed(registry) == 0
            write(file, "sources: [{name: shop, vendor: forms}, {name: pbx, vendor: nobody}]")
            await until(lambda: failed(registry) == 1, "the mistake is seen")
            looks = 0
            await until(lambda: looks > 5, "several more looks")
            assert secrets(live.find("shop")) == ["first"]
            write(file, TWO)
            await until(lambda: live.find("pbx"), "the mended file")
            await until(lambda: failed(registry) == 0, "the gauge is back")
    errors = [line for line in lines if line["log_level"] == "error"]
    assert len(errors) == 1
    assert "sources[0] shop: secrets is required" in errors[0]["error"]
    assert "sources[1] pbx: vendor must be one of" in errors[0]["error"]
    assert [line["event"] for line in lines if line["log_level"] == "info"] == ["reloaded"]


async def test_a_source_whose_secret_comes_later_is_taken_up_when_it_is_there(file: Path) -> None:
    live, registry = opened(file), CollectorRegistry()
    async with running(live, registry):
        write(file, "sources: [{name: late, vendor: forms, secrets: [late]}]")
        await until(lambda: failed(registry) == 1, "the secret is missed")
        secret(file.parent, "late", "here now")
        await until(lambda: live.find("late"), "the secret is there")


async def test_a_file_that_vanishes_changes_nothing(file: Path) -> None:
    live, registry = opened(file), CollectorRegistry()
    async with running(live, registry):
        vanish(file)
        await until(lambda: failed(registry) == 1, "it is missed")
        assert live.find("shop")


def test_a_secret_that_everybody_may_read_is_warned_of_by_name_alone(file: Path) -> None:
    (file.parent / "secrets/shop").chmod(0o644)
    with capture_logs() as lines:
        opened(file)
    assert [line["secrets"] for line in lines] == [["shop"]]
    assert "first" not in str(lines)


def test_no_log_line_and_no_complaint_has_a_secret(file: Path) -> None:
    secret(file.parent, "shop", "canary-55aa")
    with capture_logs() as lines:
        live = opened(file)
        write(file, ONE.replace("forms", "calls"))
        with pytest.raises(Unusable) as caught:
            live._load()
    assert "canary" not in f"{lines} {caught.value} {vars(live)}"


def test_a_fingerprint_is_of_content_and_names_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")

    def taken() -> bytes:
        return fingerprint(lambda: [one, two, tmp_path / "missing"])

    first = taken()
    os.utime(one, (1, 1))
    assert taken() == first
    one.write_text("ab")
    two.write_text("")
    assert taken() != first
    one.write_text("a")
    two.unlink()
    without = taken()
    assert without != first
    two.write_text("")
    assert taken() != without
