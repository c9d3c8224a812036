"""The style sheet, the script and the icon, held in memory: small, few, never looked for on disk."""

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

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
            raise HTTPException(404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self._files[name], media_type=_TYPES[Path(name).suffix], headers=headers)
