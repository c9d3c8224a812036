"""Where a calendar is: its address, or where its address is kept, since one that nobody can guess is a secret."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """One of the three. ``url``: a plain address; ``env``: a variable that holds it; ``file``: a file that does."""

    url: str | None = None
    env: str | None = None
    file: Path | None = None
