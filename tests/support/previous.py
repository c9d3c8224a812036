"""The version before this one, taken out of the repository's history, to run beside this one."""

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREVIOUS = "d1b7d532fae636e55b0d528f4bc3c04052c6c9e1"
"""The commit of the version before. Set it to the release's own commit when a release is made (docs/upgrading.md)."""


def unpack(folder: Path) -> str:
    """The services of the version before, unpacked into ``folder``. Returns the PYTHONPATH that finds them first.

    They run on today's dependencies: the locked ones of both versions differ by what was added.
    """
    git = ("git", "-C", str(ROOT))
    if subprocess.run((*git, "cat-file", "-e", f"{PREVIOUS}^{{commit}}"), capture_output=True, check=False).returncode:
        shallow = subprocess.run((*git, "rev-parse", "--is-shallow-repository"), capture_output=True, check=False)
        assert "CI" not in os.environ or shallow.stdout == b"true\n", f"{PREVIOUS} is no commit of this repository"
        pytest.skip(f"this clone does not reach back to {PREVIOUS[:7]}, the version before")
    packed = subprocess.run((*git, "archive", PREVIOUS, "libs", "services"), capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return os.pathsep.join(str(source) for source in sorted(folder.glob("*/*/src")))
