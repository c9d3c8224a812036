"""Where a refresh token lives on that the CRM replaces with every use: a file of our own, for nobody else to read."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class TokenFile:
    """It also says which configured token its own comes from, so that an operator's new one is believed over it."""

    path: Path

    def read(self, configured: SecretStr | None) -> SecretStr | None:
        """The newest token that came from the configured one; None where there is none."""
        try:
            document = json.loads(self.path.read_bytes())
            token, since = document["refresh_token"], document["since"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return SecretStr(token) if isinstance(token, str) and since == _digest(configured) else None

    def write(self, configured: SecretStr | None, token: SecretStr) -> None:
        """All of it or nothing, whatever happens. Raises OSError."""
        document = {"refresh_token": token.get_secret_value(), "since": _digest(configured)}
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # mode 0600
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(document, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _digest(token: SecretStr | None) -> str:
    return hashlib.sha256((token.get_secret_value() if token else "").encode()).hexdigest()
