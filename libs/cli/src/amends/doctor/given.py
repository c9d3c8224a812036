"""What the doctor was given to look at: addresses, databases, files. Where it comes from, and what it lacks."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from amends.doctor.databases import Databases
from amends.doctor.finding import NotGiven
from amends.errors import CommandError
from amends.services import SERVICES, Service
from events.runtime.configuration import SECRETS_DIR, KafkaAccessSettings, load_settings
from events.runtime.errors import Stuck
from events.runtime.kafka import KafkaAccess

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where they listen, not where we do
SECRET_FILES = ("API_KEYS_FILE", "KAFKA_KEY_FILE")
SECRET_FOLDERS = (SECRETS_DIR, "INGEST_SECRETS_DIR")
KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
BY_NAME = {service.name: service for service in SERVICES}


@dataclass(frozen=True, slots=True)
class Given:
    """One installation, as far as it is known here.

    Attributes:
        kafka: how to get into Kafka; None with ``kafka_problem``: why not.
        databases: of the services whose address is known.
        urls: where each service is, or would be, asked.
        told: the services whose address somebody named: those must answer.
        api_keys: the file of API keys.
        secrets: files that hold secrets.
    """

    databases: Databases
    urls: Mapping[Service, str]
    kafka: KafkaAccess | None = None
    kafka_problem: str = ""
    told: frozenset[Service] = frozenset()
    api_keys: Path | None = None
    secrets: tuple[Path, ...] = ()
    certificates: Mapping[str, Path] = field(default_factory=dict)

    @property
    def access(self) -> KafkaAccess:
        """Raises NotGiven."""
        if self.kafka is None:
            raise NotGiven("no broker was named", "set KAFKA_BOOTSTRAP_SERVERS, or --kafka HOST:PORT")
        return self.kafka


def gather(
    databases: Iterable[str], services: Iterable[str], bootstrap: str | None, environ: Mapping[str, str] = os.environ
) -> Given:
    """From the environment, SECRETS_DIR and the options. Raises CommandError where an option makes no sense."""
    named, everyones = _named(databases, "--database")
    told, nobodys = _named(services, "--service")
    if nobodys:
        raise CommandError("--service takes NAME=URL, such as scoring=http://10.0.0.7:8081")
    kafka, problem = _kafka(bootstrap)
    keys = valued("API_KEYS_FILE", environ)
    return Given(
        Databases({service: url for service in SERVICES if (url := _database(service, named, everyones, environ))}),
        {service: told.get(service) or _usual(service, environ) for service in SERVICES},
        kafka,
        problem,
        frozenset(told),
        Path(keys) if keys else None,
        tuple(_secrets(environ)),
        {name: path for name in ("KAFKA_CERT_FILE", "KAFKA_CA_FILE") if (path := _path(name, environ))},
    )


def valued(name: str, environ: Mapping[str, str], service: str = "") -> str | None:
    """A variable as a service finds it: in the environment, else in the file of its name in SECRETS_DIR."""
    if said := environ.get(name):
        return said
    folder = environ.get(SECRETS_DIR)
    try:
        return (Path(folder) / service / name).read_text().strip() or None if folder else None
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
            raise CommandError(f"{option}: there is no service {name}: they are {', '.join(BY_NAME)}")
    return found, plain


def _database(
    service: Service, named: Mapping[Service, str], everyones: str | None, environ: Mapping[str, str]
) -> str | None:
    """The nearer word counts: said for the service, in its own folder of SECRETS_DIR, said for all."""
    own = {SECRETS_DIR: environ.get(SECRETS_DIR, "")}
    return (
        named.get(service) or valued("DATABASE_URL", own, service.name) or everyones or valued("DATABASE_URL", environ)
    )


def _usual(service: Service, environ: Mapping[str, str]) -> str:
    host = environ.get(f"{service.prefix}_HOST") or "127.0.0.1"
    host = ANYWHERE.get(host, host)
    port = environ.get(f"{service.prefix}_PORT") or service.port
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _kafka(bootstrap: str | None) -> tuple[KafkaAccess | None, str]:
    try:
        return load_settings(KafkaAccessSettings, **{KAFKA: bootstrap} if bootstrap else {}).kafka, ""
    except Stuck as error:
        return None, str(error).removeprefix("configuration: ")


def _path(name: str, environ: Mapping[str, str]) -> Path | None:
    said = valued(name, environ)
    return Path(said) if said else None


def _secrets(environ: Mapping[str, str]) -> Iterator[Path]:
    yield from filter(None, (_path(name, environ) for name in SECRET_FILES))
    for folder in filter(None, (_path(name, environ) for name in SECRET_FOLDERS)):
        # Kubernetes mounts the files as links into a folder whose name begins with two dots.
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and ".." not in path.parent.name)


def place(url: str) -> tuple[str, int]:
    """Host and port of a service's address."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)
