"""Files of the checkout that an installed package does not bring: where they are."""

from pathlib import Path

from amends.local.errors import PartMissing


def find_in_checkout(path: Path, remedy: str = "run this in a checkout of Amends") -> Path:
    """``path`` in the checkout this file or the working directory is in. PartMissing says ``remedy``."""
    for start in (Path(__file__).resolve(), Path.cwd() / "here"):
        for parent in start.parents:
            if (parent / path).exists():
                return parent / path
    raise PartMissing(f"{path} was not found: {remedy}")
