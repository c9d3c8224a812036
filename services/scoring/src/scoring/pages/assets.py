"""Style sheets, scripts and icons, held in memory: few, small, and never looked for on disk by a visitor's words."""

import hashlib
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Assets:
    """The files of one folder.

    Attributes:
        edition: changes when any of them does; addresses carry it, so that browsers may keep what they have.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        self.edition = hashlib.sha256(b"\0".join(self._files.values())).hexdigest()[:12]

    async def serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            return Response("There is no such file.\n", 404, media_type="text/plain")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",  # the widget stands in pages of other sites
        }
        return Response(self._files[name], media_type=_TYPES[Path(name).suffix], headers=headers)
