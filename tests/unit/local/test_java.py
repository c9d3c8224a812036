"""Finding Java and Maven: on a PATH of our own making, with programs of our own writing."""

from pathlib import Path

import pytest

from amends.local.errors import PartMissing
from amends.local.java import Java, find_java, find_maven


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def java(home: Path, specification: str) -> Path:
    lines = f"    java.home = {home}\n    java.specification.version = {specification}"
    return script(home / "bin" / "java", f"cat >&2 <<'END'\nProperty settings:\n{lines}\nEND")


def the_line(missing: PartMissing) -> str:
    text = str(missing)
    assert "\n" not in text
    return text


def test_the_java_on_path_is_used_by_its_own_home(tmp_path: Path) -> None:
    java(tmp_path / "jdk", "21")
    launcher = script(tmp_path / "bin" / "java", f'exec {tmp_path}/jdk/bin/java "$@"')
    assert find_java({"PATH": f"{launcher.parent}:/usr/bin:/bin"}) == Java(tmp_path / "jdk", 21)


def test_java_home_comes_before_path(tmp_path: Path) -> None:
    java(tmp_path / "mine", "17")
    java(tmp_path / "other", "21")
    found = find_java({"JAVA_HOME": str(tmp_path / "mine"), "PATH": f"{tmp_path}/other/bin:/usr/bin:/bin"})
    assert found.home == tmp_path / "mine"


def test_a_java_home_that_is_too_old_gives_way_to_path(tmp_path: Path) -> None:
    java(tmp_path / "old", "1.8")
    java(tmp_path / "new", "17")
    found = find_java({"JAVA_HOME": str(tmp_path / "old"), "PATH": f"{tmp_path}/new/bin:/usr/bin:/bin"})
    assert found.home == tmp_path / "new"


def test_no_java_is_one_line_with_both_remedies(tmp_path: Path) -> None:
    with pytest.raises(PartMissing) as caught:
        find_java({"PATH": str(tmp_path)})
    line = the_line(caught.value)
    assert "neither JAVA_HOME nor PATH" in line
    assert "apt-get install default-jre-headless" in line
    assert "KAFKA_BOOTSTRAP_SERVERS" in line


@pytest.mark.parametrize(("specification", "said"), [("11", "Java 11"), ("1.8", "Java 8"), ("16", "Java 16")])
def test_an_old_java_is_named_with_its_version(tmp_path: Path, specification: str, said: str) -> None:
    program = java(tmp_path, specification)
    with pytest.raises(PartMissing) as caught:
        find_java({"PATH": f"{program.parent}:/usr/bin:/bin", "JAVA_HOME": str(tmp_path)})
    line = the_line(caught.value)
    assert f"{program} is {said}" in line
    assert "Java 17 or newer" in line


def test_a_java_that_does_not_run_is_named(tmp_path: Path) -> None:
    program = script(tmp_path / "java", "exit 1")  # what macOS has on PATH when no Java is installed
    with pytest.raises(PartMissing, match=f"{program} does not run"):
        find_java({"PATH": str(tmp_path)})


def test_maven_is_found_on_path(tmp_path: Path) -> None:
    program = script(tmp_path / "mvn", "exit 0")
    assert find_maven({"PATH": str(tmp_path)}) == program


@pytest.mark.parametrize("environ", [{}, {"PATH": ""}, {"PATH": "/nonexistent"}])
def test_no_maven_is_one_line_with_both_remedies(environ: dict[str, str]) -> None:
    with pytest.raises(PartMissing) as caught:
        find_maven(environ)
    line = the_line(caught.value)
    assert "apt-get install maven" in line
    assert "KAFKA_BOOTSTRAP_SERVERS" in line
