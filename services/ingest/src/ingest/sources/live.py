"""The sources while the service runs: read again when their file or a secret changes, and swapped whole."""

from collections.abc import Mapping
from pathlib import Path

import structlog

from events.runtime.reloading import EVERY_SECONDS, Reloading
from events.runtime.service import Job
from ingest.core.source import Source
from ingest.sources.load import load
from ingest.sources.secret_files import SecretFiles
from ingest.sources.snapshot import Configured, Sources
from ingest.sources_telemetry import SourcesTelemetry
from ingest.vendors.registry import BY_NAME
from ingest.vendors.vendor import Vendor

log = structlog.get_logger()


class LiveSources:
    """The sources in ``file`` and their secrets in ``secrets``; without a file there are none.

    Raises:
        Unusable: the file is wrong. Later a wrong file changes nothing.
    """

    def __init__(
        self,
        file: Path | None,
        secrets: Path | None,
        *,
        database: bool,
        vendors: Mapping[str, Vendor] = BY_NAME,
    ) -> None:
        self._file = file
        self._secrets = SecretFiles(secrets)
        self._database = database
        self._vendors = vendors
        self._exposed: list[str] = []
        self.now = self._load()
        self._warn()

    def find(self, name: str) -> Configured | None:
        return self.now.find(name)

    def voices(self, tenant: str, name: str) -> tuple[str, ...]:
        """The CloudEvents sources for which a key of this source may speak; none where it is no source any more."""
        found = self.now.find(name)
        return found.source.voices if found and found.source.tenant == tenant else ()

    def for_fetching(self, name: str) -> tuple[Vendor, Source, str | None] | None:
        """The adapter of a source, its configuration and its token, as the enricher asks for them."""
        found = self.now.find(name)
        if found is None:
            return None
        return found.vendor, found.source, found.token.get_secret_value() if found.token else None

    def job(self, telemetry: SourcesTelemetry, *, every: float = EVERY_SECONDS) -> Job:
        return Reloading("sources", self._files, self._load, self._swap, telemetry.reloaded, every)

    def _files(self) -> list[Path]:
        return [] if self._file is None else [self._file, *self._secrets.files()]

    def _load(self) -> Sources:
        if self._file is None:
            return Sources()
        return load(self._file, self._secrets, database=self._database, vendors=self._vendors)

    def _swap(self, sources: Sources) -> None:
        self.now = sources
        self._warn()

    def _warn(self) -> None:
        """Say which secrets anybody may read, each time that others are among them."""
        named = [name for one in self.now.all() for name in one.source.secrets]
        named += [one.source.api.token for one in self.now.all() if one.source.api]
        exposed = self._secrets.exposed(named)
        if exposed and exposed != self._exposed:
            log.warning("every user of this machine may read these secrets; take that right away", secrets=exposed)
        self._exposed = exposed
