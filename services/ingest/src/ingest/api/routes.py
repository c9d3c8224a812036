"""Which handler a path has."""

from collections.abc import Mapping

from ingest.api.front import Route
from ingest.api.webhooks import Webhooks


class Routes:
    """Fixed paths first, then the webhooks of the sources."""

    def __init__(self, fixed: Mapping[str, Route], webhooks: Webhooks) -> None:
        self._fixed = dict(fixed)
        self._webhooks = webhooks

    def find(self, path: str) -> Route | None:
        return self._fixed.get(path) or self._webhooks.find(path)
