"""What the doctor was given to look at: addresses, databases, files. Where it comes from, and what it lacks."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import typer

from amends.doctor.databases import Databases
from amends.doctor.finding import NotGiven
from amends.kafka_access import SERVERS, access
from amends.services import SERVICES, Service
from events.runtime.configuration import SECRETS_DIR
from events.runtime.errors import Stuck
from events.runtime.kafka import KafkaAccess

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where they listen, not where we do
SECRET_FILES = ("API_KEYS_FILE", "KAFKA_KEY_FILE")
SECRET_FOLDERS = (SECRETS_DIR, "INGEST_SECRETS_DIR")
BY_NAME = {service.name: service for service in SERVICES}


@dataclass(frozen=True, slots=True)
class Given:
    """One installation, as far as it is known here.

    Attributes:
        kafka: how to get into Kafka; None where nobody said, and with ``kafka_problem`` where that is wrong.
        databases: of the services whose address is known.
        urls: where each service is, or would be, asked.
        told: the services whose address somebody named: those must answer.
        api_keys: the file of API keys.
        secrets: files that hold secrets.
        store: those of them that are in SECRETS_DIR.
    """

    databases: Databases
    urls: Mapping[Service, str]
    kafka: KafkaAccess | None = None
    kafka_problem: str = ""
    told: frozenset[Service] = frozenset()
    api_keys: Path | None = None
    secrets: tuple[Path, ...] = ()
    certificates: Mapping[str, Path] = field(default_factory=dict)
    store: tuple[Path, ...] = ()

    @property
    def access(self) -> KafkaAccess:
        """Raises NotGiven."""
        if self.kafka_problem:
            raise NotGiven("how to get into Kafka is set wrongly", "amends doctor --only broker")
        if self.kafka is None:
            raise NotGiven("no broker was named", "set KAFKA_BOOTSTRAP_SERVERS, or --kafka HOST:PORT")
        return self.kafka


def gather(databases: Iterable[str], services: Iterable[str], bootstrap: str | None) -> Given:
    """From the environment, SECRETS_DIR and the options. Raises BadParameter where an option makes no sense."""
    named, everyones = _named(databases, "--database")
    told, nobodys = _named(services, "--service")
    if nobodys:
        raise typer.BadParameter("--service takes NAME=URL, such as scoring=http://10.0.0.7:8081")
    kafka, problem = _kafka(bootstrap)
    return Given(
        Databases({service: url for service in SERVICES if (url := _database(service, named, everyones))}),
        {service: told.get(service) or _usual(service) for service in SERVICES},
        kafka,
        problem,
        frozenset(told),
        _path("API_KEYS_FILE"),
        tuple(dict.fromkeys(_secrets())),
        {name: path for name in ("KAFKA_CERT_FILE", "KAFKA_CA_FILE") if (path := _path(name))},
        tuple(_files(SECRETS_DIR)),
    )


def _valued(name: str) -> str | None:
    """A variable as a service finds it: in the environment, else in the file of its name in SECRETS_DIR."""
    return os.environ.get(name) or _filed(name)


def _filed(name: str) -> str | None:
    folder = os.environ.get(SECRETS_DIR)
    try:
        return Path(folder, name).read_text().strip() or None if folder else None
    except (OSError, UnicodeDecodeError):
        return None


def _named(options: Iterable[str], option: str) -> tuple[dict[Service, str], str | None]:
    """``NAME=URL`` by service, and the one that names none. An address may have ``=`` in it, a name has no colon."""
    found: dict[Service, str] = {}
    plain = None
    for said in options:
        name, equals, url = said.partition("=")
        if not equals or ":" in name:
            plain = said
        elif name in BY_NAME:
            found[BY_NAME[name]] = url.rstrip("/")
        else:
            raise typer.BadParameter(f"{option}: there is no service {name}: they are {', '.join(BY_NAME)}")
    return found, plain


def _database(service: Service, named: Mapping[Service, str], everyones: str | None) -> str | None:
    """The nearer word counts: said for the service, in its own folder of SECRETS_DIR, said for all."""
    return named.get(service) or _filed(f"{service.name}/DATABASE_URL") or everyones or _valued("DATABASE_URL")


def _usual(service: Service) -> str:
    host = os.environ.get(f"{service.prefix}_HOST") or "127.0.0.1"
    host = ANYWHERE.get(host, host)
    port = os.environ.get(f"{service.prefix}_PORT") or service.port
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _kafka(bootstrap: str | None) -> tuple[KafkaAccess | None, str]:
    try:
        return access(bootstrap), ""
    except Stuck as error:
        problem = str(error).removeprefix("configuration: ")
        return None, "" if problem == f"{SERVERS} is missing" else problem


def _path(name: str) -> Path | None:
    said = _valued(name)
    return Path(said) if said else None


def _secrets() -> Iterator[Path]:
    yield from filter(None, (_path(name) for name in SECRET_FILES))
    for name in SECRET_FOLDERS:
        yield from _files(name)


def _files(variable: str) -> Iterator[Path]:
    """Those in the folder that a variable names."""
    if folder := _path(variable):
        # Kubernetes mounts the files as links into a folder whose name begins with two dots.
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and ".." not in path.parent.name)


def place(url: str) -> tuple[str, int]:
    """Host and port of a service's address."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)
