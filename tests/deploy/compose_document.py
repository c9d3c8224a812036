"""deploy/compose.yaml as data: the keys we use, and what is wrong with a document. Keys beyond these are refused."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer.main
import yaml
from deploy.compose.make_secrets import made
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from amends.commands import topics, traffic
from amends.local.kafka import FOR_ONE_NODE
from amends.services import DEMO_CRM, SERVICES, Service
from deploy.images_recipe import recipe
from events.runtime.configuration import SECRETS_DIR, variables

DEPLOY = Path(__file__).parents[2] / "deploy"
SECRETS = "/run/secrets/amends"
BY_NAME: Mapping[str, Service] = {service.name: service for service in (*SERVICES, DEMO_CRM)}
COMMAND_LINES = {"topics": topics, "traffic": traffic}
FOREIGN = {
    "postgres": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE"},
    "grafana": {
        "AMENDS_DASHBOARDS",
        "PROMETHEUS_URL",
        "GF_SECURITY_ADMIN_PASSWORD__FILE",
        "GF_AUTH_ANONYMOUS_ENABLED",
        "GF_AUTH_DISABLE_LOGIN_FORM",
        "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
    },
}
KAFKA = {
    *("process.roles", "node.id", "log.dirs", "heap.opts"),  # the last is of the start script
    *("listeners", "advertised.listeners", "listener.security.protocol.map", "inter.broker.listener.name"),
    *("controller.listener.names", "controller.quorum.voters", "auto.create.topics.enable"),
    *("offsets.topic.num.partitions", "group.initial.rebalance.delay.ms", *FOR_ONE_NODE),
}
Duration = Annotated[str, Field(pattern=r"^\d+[ms]$")]
Size = Annotated[str, Field(pattern=r"^\d+[mg]$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Healthcheck(_Strict):
    test: list[str] = []
    interval: Duration | None = None
    timeout: Duration | None = None
    retries: int | None = None
    start_period: Duration | None = None
    disable: bool = False


class Build(_Strict):
    context: Literal[".."]
    dockerfile: Literal["deploy/images/Dockerfile"]
    args: dict[Literal["PACKAGE"], str]


class Dependency(_Strict):
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"]
    restart: bool = False


class Part(_Strict):
    image: Annotated[str, Field(pattern=r"^[a-z/-]+:v?\d+(\.\d+)+$")]
    build: Build | None = None
    entrypoint: list[str] | None = None
    command: list[str] | None = None
    user: str | None = None
    environment: dict[str, str] = {}
    volumes: list[str] = []
    ports: list[Annotated[str, Field(pattern=r"^127\.0\.0\.1:\d+:\d+$")]] = []
    network_mode: str | None = None
    depends_on: dict[str, Dependency] = {}
    healthcheck: Healthcheck | None = None
    restart: Literal["unless-stopped", "on-failure:5"]
    stop_grace_period: Duration | None = None
    read_only: bool = False
    tmpfs: list[str] = []
    init: bool = False
    cap_drop: Annotated[list[Literal["ALL"]], Field(min_length=1)]
    security_opt: Annotated[list[Literal["no-new-privileges:true"]], Field(min_length=1)]
    pids_limit: int | None = None
    mem_limit: Size
    shm_size: Size | None = None

    @property
    def mounts(self) -> list[tuple[str, str, str]]:
        """Source, target, "ro" or ""."""
        return [(*each.split(":"), "")[:3] for each in self.volumes]  # type: ignore[misc]

    @property
    def once(self) -> bool:
        return self.restart != "unless-stopped"


class Document(_Strict):
    name: str
    services: dict[str, Part]
    volumes: dict[str, None]


def parsed() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def read(document: Any) -> Document:
    return Document.model_validate({key: value for key, value in document.items() if not key.startswith("x-")})


def complaints(document: Any) -> list[str]:
    """Everything that is wrong; nothing where the document fits the code."""
    try:
        whole = read(document)
    except ValidationError as error:
        return [str(error)]
    return [f"{name}: {said}" for name, part in whole.services.items() for said in _of_part(name, part, whole)]


def _of_part(name: str, part: Part, whole: Document) -> Iterator[str]:
    yield from (f"no setting reads {variable}" for variable in part.environment.keys() - _read_by(name, part))
    yield from _mounts(part, whole)
    yield from _order(name, part, whole)
    yield from _names(name, part)
    if part.build is not None and not (part.read_only and part.tmpfs and part.init and part.pids_limit):
        yield "its root can be written to, or it lacks tmpfs, init or pids_limit"


def _read_by(name: str, part: Part) -> set[str]:
    """The variables that whatever runs there reads."""
    service = BY_NAME.get(name.removesuffix("-migrate"))
    if service is not None:
        settings = __import__(f"{service.module}.settings", fromlist=["Settings"]).Settings
        return {SECRETS_DIR} | set(variables(settings)) | _named_in_files(part)
    if name in COMMAND_LINES:
        command = _command_line(name)
        return {SECRETS_DIR} | {str(option.envvar) for option in command.params if getattr(option, "envvar", None)}
    if name == "kafka":
        return {f"KAFKA_{key.replace('.', '_').upper()}" for key in KAFKA}
    return FOREIGN.get(name, set())


def _named_in_files(part: Part) -> set[str]:
    files = [DEPLOY / source for source, *_ in part.mounts if source.startswith("./") and (DEPLOY / source).is_file()]
    return {found for file in files for found in re.findall(r"\{env: ([A-Z_]+)\}", file.read_text())}


def _mounts(part: Part, whole: Document) -> Iterator[str]:
    targets = [target for _, target, _ in part.mounts]
    for source, target, mode in part.mounts:
        if source.startswith("./"):
            if not (DEPLOY / source).exists():
                yield f"there is no {source}"
            if mode != "ro":
                yield f"{source} could be written to"
        elif source not in whole.volumes:
            yield f"there is no volume {source}"
        if source == "secrets" and target != SECRETS:
            yield f"secrets belong to {SECRETS}"
    for value in (*part.environment.values(), *(word.partition("=")[2] for word in part.command or ())):
        if value.startswith(("/etc/", "/run/", "/prometheus", "/var/lib/kafka")):
            folder, _, file = value.rpartition("/")
            if not any(value == target or value.startswith(f"{target}/") for target in targets):
                yield f"nothing is mounted at {value}"
            elif folder == SECRETS and file not in made():
                yield f"there is no secret {file}"


def _order(name: str, part: Part, whole: Document) -> Iterator[str]:
    for other, dependency in part.depends_on.items():
        if other not in whole.services:
            yield f"waits for {other}, which is not there"
        elif whole.services[other].once != (dependency.condition == "service_completed_successfully"):
            yield f"waits for {other} to be {dependency.condition}, which it will not be"
        elif dependency.condition == "service_healthy" and not _asked(other, whole.services[other]):
            yield f"waits for {other} to be healthy, and nobody asks it"
    if part.network_mode not in (None, "none"):
        other = part.network_mode.removeprefix("service:")
        if other not in part.depends_on or part.ports:
            yield f"is in the network of {other}: it must wait for it, and publish nothing itself"
    if name in {service.name for service in SERVICES} and not {"topics", f"{name}-migrate"} <= part.depends_on.keys():
        yield "does not wait for its topics and its tables"


def _asked(name: str, part: Part) -> bool:
    return bool(part.healthcheck and part.healthcheck.test) or (part.healthcheck is None and name in BY_NAME)


def _names(name: str, part: Part) -> Iterator[str]:
    """Images, commands and ports are those of the code."""
    if part.build is not None:
        package = part.build.args["PACKAGE"]
        if package not in {each.name for each in recipe()[1]} or part.image.partition(":")[0] != f"amends/{package}":
            yield f"the image {part.image} is not made from {package}"
        if name.removesuffix("-migrate") not in (package, "secrets", *COMMAND_LINES):
            yield f"runs {package}"
    if name in BY_NAME and part.command != ["serve"]:
        yield "does not serve"
    if name.endswith("-migrate") and part.command != ["migrate"]:
        yield "does not migrate"
    if name in COMMAND_LINES:
        yield from _misspelt(name, part.command or [])
    wanted = {"profile-sync": [8083, DEMO_CRM.port]}.get(name, [BY_NAME[name].port] if name in BY_NAME else None)
    if part.network_mode is None and wanted is not None:
        published = [int(each.rpartition(":")[2]) for each in part.ports]
        if published != wanted:
            yield f"publishes {published}, and listens on {wanted}"


def _misspelt(name: str, words: list[str]) -> Iterator[str]:
    if words[:1] != [name]:
        yield f"does not run amends {name}"
        return
    try:
        _command_line(name).make_context(name, words[1:], resilient_parsing=False)
    except typer.TyperException as error:
        if "KAFKA_BOOTSTRAP_SERVERS" not in error.format_message():  # which the environment gives
            yield error.format_message()


def _command_line(name: str) -> Any:
    app = typer.Typer()
    COMMAND_LINES[name].register(app)
    return typer.main.get_command(app)
