"""What docs/kubernetes.md says each Secret holds."""

import re
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/kubernetes.md"


@cache
def documented() -> dict[str, tuple[str, ...]]:
    """Secret → its keys. A row may name several of both."""
    section = PAGE.read_text().partition("\n## What each Secret holds\n")[2].partition("\n## ")[0]
    found: dict[str, tuple[str, ...]] = {}
    for row in section.splitlines():
        if row.startswith("| `"):
            secrets, keys = (re.findall(r"`([^`]+)`", cell) for cell in row.split("|")[1:3])
            found |= {secret: (*found.get(secret, ()), *keys) for secret in secrets}
    return found
