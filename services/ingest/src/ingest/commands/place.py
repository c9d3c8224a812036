"""Where a command works: the service's own file, secrets and database, from the same variables."""

import getpass
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from events.problems import Invalid
from events.runtime import plain_yaml
from events.runtime.database import create_engine
from events.runtime.migrate import require_schema
from ingest.sources.complaints import Unusable
from ingest.sources.load import read
from ingest.sources.secret_files import ReadSecret, SecretFiles
from ingest.sources.snapshot import Configured, Sources
from ingest.store.keys import Keys
from ingest.store.schema import MIGRATIONS, SCHEMA
from ingest.vendors.vendor import Vendor


class CommandError(Exception):
    """Ends the command with exit code 1; the text says what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True)
class Place:
    file: Path
    secrets: SecretFiles
    database_url: str | None
    vendors: Mapping[str, Vendor]

    @classmethod
    def of(cls, environ: Mapping[str, str], vendors: Mapping[str, Vendor]) -> "Place":
        """Raises CommandError."""
        if not (file := environ.get("INGEST_SOURCES_FILE")):
            raise CommandError("INGEST_SOURCES_FILE is not set: it names the sources file, as for the service")
        folder = environ.get("INGEST_SECRETS_DIR")
        return cls(Path(file), SecretFiles(Path(folder) if folder else None), environ.get("DATABASE_URL"), vendors)

    def text(self) -> str:
        """What the file says; nothing where there is none yet. Raises CommandError."""
        try:
            return self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{self.file} cannot be read: {type(error).__name__}") from error

    def document(self) -> dict[str, Any]:
        """The file's content, parsed; an empty file has no sources. Raises Unusable, CommandError."""
        try:
            found = plain_yaml.loads(self.text())
        except Invalid as error:
            raise Unusable([f"{self.file.name} {error.problems[0].message}"]) from error
        if not isinstance(found, dict | None) or not isinstance((found or {}).get("sources"), list | None):
            raise Unusable([f"{self.file.name} must be a mapping whose key sources has a list"])
        return found or {"sources": []}

    def sources(self, document: Any = None, secrets: ReadSecret | None = None) -> Sources:
        """The sources as the service would read them. Raises Unusable, CommandError."""
        document = self.document() if document is None else document
        return read(document, secrets or self.secrets, database=bool(self.database_url), vendors=self.vendors)

    def source(self, name: str) -> tuple[Configured, Sources]:
        """Raises CommandError where there is none of that name; Unusable."""
        sources = self.sources()
        found = sources.find(name)
        if found is None:
            known = ", ".join(one.source.name for one in sources.all()) or "none"
            raise CommandError(f"{self.file.name} has no source {name}; it has {known}")
        return found, sources

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[AsyncEngine]:
        """The service's database. Raises CommandError, Stuck, Unavailable."""
        if not self.database_url:
            raise CommandError("DATABASE_URL is not set: keys, and what is to be fetched, are kept in PostgreSQL")
        engine = create_engine(self.database_url, SCHEMA)
        try:
            await require_schema(engine, SCHEMA, MIGRATIONS)
            yield engine
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def keys(self) -> AsyncIterator[Keys]:
        """The keys in PostgreSQL. Raises CommandError, Stuck, Unavailable."""
        async with self.engine() as engine:
            yield Keys(engine, actor=_actor())


def written(path: Path, text: str) -> bool:
    """Put ``text`` in the place of what the file has, whole or not at all, with the rights the file had. False where
    it may not be written: a volume of Kubernetes, say."""
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError:
        return False
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        return False
    return True


def _actor() -> str:
    """For the audit: the account that ran the command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return f"uid {os.getuid()}"
