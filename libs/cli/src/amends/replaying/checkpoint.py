"""How far a replay has come: a small file, moved forward only when everything before it is stored."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from amends.errors import CommandError


@dataclass(frozen=True, slots=True)
class Progress:
    """Attributes:
    rows: rows dealt with, in the order of this replay.
    posted: events that were answered 202.
    rejected: rows set aside.
    rejects_bytes: how much of the rejects file belongs to those rows.
    """

    rows: int = 0
    posted: int = 0
    rejected: int = 0
    rejects_bytes: int = 0
    done: bool = False


def identity(files: list[Path], *also: str) -> str:
    """Names one replay by its files' contents and whatever else decides what is sent where."""
    digest = hashlib.blake2b(digest_size=8)
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    digest.update("\0".join(also).encode())
    return digest.hexdigest()


class Checkpoint:
    """Progress in a file; ``None`` as path keeps it in memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> Progress:
        """Raises CommandError for a file that is not ours."""
        if self._path is None or not self._path.exists():
            return Progress()
        try:
            return Progress(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise CommandError(f"{self._path} is no state of a replay; remove it or use --no-resume") from error

    def write(self, progress: Progress) -> None:
        """Whole or not at all, also when the power goes."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".tmp")
        with fresh.open("w") as file:
            json.dump(asdict(progress), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
