"""Style sheets, scripts and icons, held in memory: few, small, never looked for on disk by what a visitor says."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


class Assets:
    """The files of one folder.

    Attributes:
        edition: changes when any of them does; addresses carry it, so that browsers may keep what they have.
    """

    def __init__(self, folder: Path, headers: Mapping[str, str] | None = None) -> None:
        """``headers``: more that each file is sent with."""
        self._files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        self._headers = {**_FOR_EVER, **(headers or {})}
        self.edition = hashlib.sha256(b"\0".join(self._files.values())).hexdigest()[:12]

    async def serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            return Response("There is no such file.\n", 404, media_type="text/plain")
        return Response(self._files[name], media_type=_TYPES[Path(name).suffix], headers=self._headers)
