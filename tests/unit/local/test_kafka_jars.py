"""The jars are those of the pinned POM, complete or absent. Maven is a function here."""

import os
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from amends.local.errors import PartFailed
from amends.local.kafka_jars import Maven, fetch, find_pom, jars_directory
from amends.local.process import Command


class FakeMaven:
    """Writes the files it was given and a log, and ends with that code."""

    def __init__(self, *names: str, code: int = 0, log: str = "") -> None:
        self.names, self.code, self.log = names, code, log

    def __call__(self, command: Command, _timeout: float) -> int:
        self.command = command
        (output,) = (part.partition("=")[2] for part in command.argv if part.startswith("-DoutputDirectory="))
        Path(output).mkdir()
        for name in self.names:
            (Path(output) / name).touch()
        command.log.write_text(self.log)
        return self.code


def fetched(maven: FakeMaven, tmp_path: Path) -> Path:
    jars = tmp_path / "jars-1"
    fetch(Maven(Path("mvn"), Path("jdk"), maven), Path("pom.xml"), jars)
    return jars


def test_what_maven_fetched_is_moved_into_place(tmp_path: Path) -> None:
    assert [jar.name for jar in fetched(FakeMaven("kafka_2.13-9.jar"), tmp_path).iterdir()] == ["kafka_2.13-9.jar"]


def test_maven_uses_the_java_that_was_found(tmp_path: Path) -> None:
    maven = FakeMaven("kafka_2.13-9.jar")
    fetched(maven, tmp_path)
    assert maven.command.environ["JAVA_HOME"] == "jdk"


@pytest.mark.parametrize(
    "maven", [FakeMaven("kafka_2.13-9.jar", code=1, log="[INFO] x\n[ERROR] no network\n[ERROR] y"), FakeMaven("a.jar")]
)
def test_a_failed_fetch_leaves_nothing_in_place(tmp_path: Path, maven: FakeMaven) -> None:
    with pytest.raises(PartFailed):
        fetched(maven, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_fetch_says_mavens_first_error(tmp_path: Path) -> None:
    maven = FakeMaven(code=1, log="[INFO] x\n[ERROR] no network\n[ERROR] y")
    with pytest.raises(PartFailed, match=r"could not fetch Kafka's jars: no network$"):
        fetched(maven, tmp_path)


def test_the_jars_another_run_put_there_meanwhile_are_kept(tmp_path: Path) -> None:
    (tmp_path / "jars-1").mkdir()
    (tmp_path / "jars-1" / "kafka_2.13-9.jar").write_text("theirs")
    assert (fetched(FakeMaven("kafka_2.13-9.jar"), tmp_path) / "kafka_2.13-9.jar").read_text() == "theirs"


def test_only_an_abandoned_fetch_is_cleared_away(tmp_path: Path) -> None:
    for name, age in (("fetching-abandoned", 3600.0), ("fetching-now", 5.0)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    fetched(FakeMaven("kafka_2.13-9.jar"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fetching-now", "jars-1"]


def test_another_pom_means_another_directory(tmp_path: Path) -> None:
    one, two = tmp_path / "one.xml", tmp_path / "two.xml"
    one.write_text("<project/>")
    two.write_text("<project></project>")
    assert jars_directory(tmp_path, one) != jars_directory(tmp_path, two)


def test_the_pom_pins_every_version_and_names_no_registry() -> None:
    root = ElementTree.parse(find_pom()).getroot()
    name = {"m": "http://maven.apache.org/POM/4.0.0"}
    pinned = root.findall(".//m:dependency", name) + root.findall(".//m:plugin", name)
    versions = [part.findtext("m:version", namespaces=name) or "" for part in pinned]
    assert len(versions) >= 4
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in versions)
    assert not [element.tag for element in root.iter() if element.tag.lower().endswith("repository")]
