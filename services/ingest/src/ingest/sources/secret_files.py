"""Secrets as files: one folder, a file for each, as Kubernetes and Docker mount them."""

import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import SecretStr

MAX_BYTES = 16 * 1024

ReadSecret = Callable[[str], SecretStr]
"""The secret of that name. Raises NoSecret."""


class NoSecret(Exception):
    """There is none of that name that can be used. The text says why, and repeats neither the name nor the content:
    a name that is wrong may be a secret that somebody put in its place."""


class SecretFiles:
    """The secrets in ``folder``; None where the operator named no folder."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def __call__(self, name: str) -> SecretStr:
        """Its content, without a line end after it. Raises NoSecret."""
        if self.folder is None:
            raise NoSecret("is named, but INGEST_SECRETS_DIR says no folder to look in")
        try:
            with (self.folder / name).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
            return usable(raw.decode("utf-8"), size=len(raw))
        except UnicodeDecodeError:
            raise NoSecret("is not UTF-8 text") from None
        except FileNotFoundError:
            raise NoSecret("names no file in the folder of INGEST_SECRETS_DIR") from None
        except OSError as error:
            raise NoSecret(f"cannot be read: {type(error).__name__}") from None

    def files(self) -> list[Path]:
        """All that may be a secret, by name; what Kubernetes keeps beside them (``..data``) is none."""
        try:
            found = [] if self.folder is None else sorted(self.folder.iterdir())
            return [path for path in found if not path.name.startswith(".") and path.is_file()]
        except OSError:
            return []

    def exposed(self, names: Iterable[str]) -> list[str]:
        """Those of the names whose file every user of this machine may read."""
        return [name for name in sorted(set(names)) if self.folder is not None and _open_to_all(self.folder / name)]


def usable(text: str, *, size: int = 0) -> SecretStr:
    """A secret as it was written into a file or given on standard input. Raises NoSecret."""
    content = text.removesuffix("\n").removesuffix("\r")
    if not content.strip():
        raise NoSecret("is empty")
    if size > MAX_BYTES:
        raise NoSecret(f"has over {MAX_BYTES} bytes")
    return SecretStr(content)


def _open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
