"""A private Prometheus, with the rules we ship."""

import http.client
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from amends.local.checkout import find_in_checkout
from amends.local.errors import PartMissing
from amends.local.ports import HOST
from amends.local.probes import NotAnswering
from amends.local.process import Command
from amends.local.prometheus_programs import find
from amends.local.server import LocalServer, silent

RULES = Path("deploy", "prometheus", "rules")
PROBE_SECONDS = 2.0
MISSING = (
    "Prometheus is missing: PATH has none and Debian's package cannot be had here;"
    " install it or go without (--no-prometheus)"
)


class PrometheusServer(LocalServer):
    """On 127.0.0.1 only. `targets`: service → the `host:port` of each of its processes."""

    kind = "Prometheus"
    label = "Prometheus"

    def __init__(
        self,
        directory: Path,
        local: Path,
        targets: Mapping[str, Sequence[str]],
        announce: Callable[[str], None] = silent,
        *,
        every: str = "2s",
    ) -> None:
        """Nothing happens yet; `local` is where an unpacked one is kept, `every` how often it scrapes and judges."""
        super().__init__(directory, announce)
        self.url = f"http://{HOST}:{self.port}"
        self._local = local
        self._targets = targets
        self._every = every

    def remove_data(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def _prepare(self) -> Command:
        program = find("prometheus", self._local)
        if program is None:
            raise PartMissing(MISSING)
        self._say_starting()
        config = self.directory / "prometheus.yml"
        config.write_text(json.dumps(self._settings(), indent=1))  # JSON is YAML
        arguments = (
            f"--config.file={config}",
            f"--storage.tsdb.path={self.directory / 'data'}",
            f"--web.listen-address={HOST}:{self.port}",
        )
        return Command((str(program), *arguments), self.log)

    def _settings(self) -> dict[str, object]:
        found = [{"targets": list(where), "labels": {"service": name}} for name, where in self._targets.items()]
        return {
            "global": {"scrape_interval": self._every, "evaluation_interval": self._every},
            "rule_files": [str(find_in_checkout(RULES) / "*.yml")],
            "scrape_configs": [{"job_name": "amends", "static_configs": found}],
        }

    def _probe(self) -> None:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PROBE_SECONDS)
        try:
            connection.request("GET", "/-/ready")
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise NotAnswering(f"it answers {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            raise NotAnswering(str(error) or type(error).__name__) from error
        finally:
            connection.close()
